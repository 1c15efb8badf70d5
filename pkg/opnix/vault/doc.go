// Package vault says how opnix asks a password manager for secrets: the
// op:// references, the values, the Backend that answers, and the kinds of
// failure on which the caller's next step depends.
//
// It holds the two backends that need no network: Folder, a tree of plain
// files, and AgeFile, one file encrypted with age. There is none that speaks to
// 1Password yet. The password manager is authoritative for values; nothing is
// cached here. A reference that cannot be answered is a Failure of its own, so
// that a run can list all of them at once; a backend that cannot be asked at
// all is an Error.
package vault
