// Package run joins the parts of opnix into one run: read the token, ask the
// password manager once for everything, decide per secret what may be served,
// write a complete generation, switch to it, and tell the services whose
// secrets changed.
//
//	lock ─ token ─ breaker ─ ask ─ choose ─ validate ─ render ─ write ─ intent ─ switch ─ place ─ deliver ─ copy
//	         │        │       │       │                    └─────────── nothing is changed before here
//	         └────────┴───────┴───────┴─ on an error the current generation stays as it is
//
// It fails closed by group, the secrets of one consumer: a group is there whole,
// with values of the last good copy only where their policy permits it, or as it
// was before, or not at all. An entry that is missing costs its groups and no
// other. The password manager is authoritative for values; a generation is a
// copy of its answers, and the last good copy a copy of that one.
//
// Exit statuses of its errors: 78 where only another token or configuration can
// help, 69 where what is whole is served and something is missing, and 1 where
// nothing is served and a later run may succeed.
package run
