// Package onepassword asks 1Password with a service account, through 1Password's
// own SDK. The SDK compiles a large WebAssembly module, which takes about two
// seconds and 160 MB, and so it is used in a process that answers one question
// and ends: package fetch.
//
// References in the SDK's own syntax are resolved in one bulk call; those with
// other characters, and files, by the IDs of vault and item. Of the SDK's errors
// only their kind and first line go on, because the rest is a stack. 1Password is
// authoritative; nothing is cached.
package onepassword
