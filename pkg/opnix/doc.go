// Package opnix provides secrets to a machine's services: it reads
// /etc/opnix/secrets.json, asks a password manager for every op:// reference at
// once, writes a complete generation of files and switches to it, and tells the
// services whose secrets changed.
//
//	parse and check ─ ask the backend ─ render and validate ─ write ─ switch ─ tell
//	   exit 78          all or nothing                         │        │
//	                                              intent ──────┘        └── intent cleared
//
// The configuration is a superset of opnix 0.11's. The password manager is
// authoritative for values, this package for what is on disk. Where the
// password manager cannot be asked, the last good copy serves what its policy
// permits and marks it stale; where that is not enough nothing is changed and
// the run fails, so that units which require opnix-secrets.service do not start.
//
// Exit statuses: 0 done · 1 try again later · 64 usage · 65 a reference is
// missing or ambiguous · 75 the password manager asked to wait · 77 it refused
// the token · 78 the configuration or the token file is wrong.
package opnix
