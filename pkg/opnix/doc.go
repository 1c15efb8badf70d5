// Package opnix reads /etc/opnix/secrets.json, a superset of opnix 0.11's
// configuration, and renders the templates in it. It checks paths, modes,
// owners, units and references before anything is asked or written; what is
// wrong is an error with line and column and exit status 78, but in a run an
// owner that nobody is, which costs the secrets that it owns.
//
// Fetching the values is the work of package vault, writing them that of
// package generation, the token file that of package token, links and copies
// that of place; package run joins them, and command is what a person types.
package opnix
