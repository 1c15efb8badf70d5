// Package fetch gets pages over HTTP for a crawler, by colly, and keeps it from
// reaching what it must not.
//
// One Get is one request: redirects are returned and not followed, so that each
// hop passes the same checks as any other address. A connection is made only to
// an address that the policy allows, checked after the name was resolved and
// right before the dial, so that a name which changes its mind is no way in.
// Only http and https exist. Credentials are sent to the origin that they
// belong to and to no other. Bodies are limited after decompression and in
// time.
//
// The package decides nothing about what to fetch or when; robots.txt is read
// here and obeyed by the caller.
package fetch
