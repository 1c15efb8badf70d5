// Package sd connects a command to systemd: the sockets it was passed, the
// notifications it owes, its watchdog, its credentials, its journal, and the
// exit status by which the service manager decides what happens next.
//
// A command calls Main with its run function. A service takes an Env, which
// holds everything that the surroundings provide; FromSystemd makes the one of
// a unit, and Local makes one for running several services in one process
// without a service manager. Nothing in the package is global, so both may
// exist side by side.
//
// The service manager is authoritative for sockets, directories and
// credentials: a passed socket always wins over a configured address. Outside
// of systemd notifications are dropped and the journal is replaced by standard
// error.
//
// A reload, as Type=notify-reload asks for it:
//
//	SIGHUP ─ RELOADING=1 + MONOTONIC_USEC ─ reload function ─ READY=1
package sd
