//! Cache policies and cache types as plain, validated data.
