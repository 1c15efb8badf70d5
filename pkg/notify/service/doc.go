// Package service is panther-notify: it takes events from the services of the
// suite on its socket, keeps them in the outbox, and delivers each to the targets
// that its owner chose, at least once.
//
//	POST /v1/events ─ on disk ─ 202
//	                     │
//	   each target by itself: due? ─ quiet hours ─ limit, or one summary ─ channel
//	                     ▲                                                    │
//	                     └──────────── later, with the next in line ──────────┘
//
// A target that does not answer is asked again after a growing while, or after
// what it asks for; nothing overtakes what waits for it. One that refuses, since
// its credential or address is wrong, is told once in the journal, stays visible
// in GET /v1/outbox and the status line, and gets what it missed when it works
// again. What is older than max_age is told no more.
//
// The process stays while something waits, leaves when idle, and is started by its
// socket and at every boot.
package service
