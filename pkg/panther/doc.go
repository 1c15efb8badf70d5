// Package panther is the command that people type: ask and chat, search,
// memories, sources, crawl, sessions, open, logins, status, doctor and local. It
// holds no state and no logic of the services: it finds a running Panther, calls
// its APIs and shows what they answer, on a terminal for people and in a pipe for
// programs.
//
// The services are authoritative. Every failure reaches the user as one line
// with a hint below it, and an exit status: 0 done, 1 failed, 64 wrong usage, 78
// wrong configuration, 130 interrupted.
package panther
