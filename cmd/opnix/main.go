// Command opnix writes the secrets that the system's services need: it reads the token, resolves op:// references,
// writes a generation of files and switches to it. As opnix-secrets.service it has no socket and is ready when it has
// ended; a person uses it to set the token, to see what would change, and to look at what is served. Under the name
// opnix-generator it plans the boot for systemd.
package main

import (
	"context"
	"os"
	"path/filepath"

	"panther/pkg/commandline"
	"panther/pkg/opnix/command"
	"panther/pkg/sd"
)

func main() { sd.Main(run) }

func run(ctx context.Context) error {
	command.Harden()
	if filepath.Base(os.Args[0]) == command.GeneratorName {
		if len(os.Args) < 4 {
			return sd.UsageError("%s is started by systemd with three folders", command.GeneratorName)
		}
		return command.Generator{}.Run(os.Args[1], os.Args[2])
	}
	root := command.New()
	root.SetArgs(commandline.LongFlags(os.Args[1:]))
	return root.ExecuteContext(ctx)
}
