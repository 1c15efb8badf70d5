// Package notify tells an owner what happened: what an event is, and the client by
// which the services of the suite hand one to panther-notify.
//
//	service ─ Client.Tell ─ panther-notify ─ outbox (on disk) ─ ntfy, e-mail, …
//	          never waits,    package service   package outbox     package channel
//	          never fails
//
// An event is derived from state, as all work of the suite is: its id names the
// state, so who finds the state again may tell again, and it is told once. That
// also is what makes up for a client that reached nobody.
//
// An event holds a title, a few lines of text and a link, all plain. It holds no
// secret and nothing of a page but its title and what changed.
package notify
