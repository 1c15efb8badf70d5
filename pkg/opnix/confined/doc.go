// Package confined does what opnix does to files, all of it relative to open
// folders: names are resolved by openat2(2) with RESOLVE_BENEATH and
// RESOLVE_NO_SYMLINKS, so neither a link, a mount of /proc nor a rename in the
// way of a path leads a write to another place.
//
// A file gets its owner and mode before it gets a name that others can use. The
// kernel is authoritative for what a path means; nothing is checked first and
// used later. Where it cannot confine a lookup (before Linux 5.6) every call
// fails.
package confined
