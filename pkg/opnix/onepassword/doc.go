// Package onepassword asks 1Password with a service account, through 1Password's
// own SDK. The SDK compiles a large WebAssembly module, which takes about two
// seconds and 160 MB, so it runs in a child process that answers one question
// and ends; the caller's memory never holds it.
//
//	Backend ─ {"token", "requests"} on a pipe ─▶ child ─ SDK ─ 1Password
//	   ▲                                           │
//	   └────── {"values", "failures"} or {"error"} ┘
//
// The token and the values travel on pipes only. References in the SDK's own
// syntax are resolved in one bulk call; those with other characters, and files,
// by the IDs of vault and item. Of the SDK's errors only their kind and first
// line go on, because the rest is a stack. 1Password is authoritative; nothing
// is cached.
package onepassword
