//! An async cache store for multi-user services: a policy for every function, a scope for every user.
