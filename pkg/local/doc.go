// Package local runs the suite's services in one process: the same packages
// over real unix sockets, with SQLite and without root, systemd or PostgreSQL.
// Only the wiring differs from an installed server:
//
//	DIR/run/panther.sock         this package: status, crawl, stop
//	DIR/run/panther-crawl.sock   the crawler: sources and visits (pkg/crawl/control)
//	DIR/run/agentdb.sock         agentdb on DIR/state/agentdb/agentdb.db
//	DIR/run/panther-embed.sock   panther-embed
//	DIR/run/opencode.sock        opencoded, also on a loopback TCP port
//	DIR/lock                     held by the one instance of a folder
//
// The services' configuration files are those of a server, in a folder of the
// user's; a missing one means the defaults. Crawls run here, on demand and when
// a source's schedule says so. A service that fails is started again with a
// growing delay; one whose configuration is wrong ends the whole, since a
// restart cannot help.
package local
