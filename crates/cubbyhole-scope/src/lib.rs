//! Who is asking: the user and session of the running task.
