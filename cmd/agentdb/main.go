// Command agentdb keeps what the suite knows: it serves documents, search, memory and sessions on /run/agentdb/agentdb.sock.
// It is ready when its database is open and migrated, or has been away for a few seconds, which /readyz then says.
// The subcommands speak to the running server.
package main

import (
	"context"

	"panther/pkg/agentdb"
	"panther/pkg/sd"
)

func main() {
	sd.Main(func(ctx context.Context) error { return agentdb.Command().ExecuteContext(ctx) })
}
