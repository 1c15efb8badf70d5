package panther

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/crawl/control"
	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/sd"
)

func (a *app) removeSourceCommand() *cobra.Command {
	var yes, asJSON bool
	cmd := &cobra.Command{
		Use: "remove SOURCE", SuggestFor: []string{"delete", "del", "uninstall"}, Aliases: []string{"rm"}, Short: "Remove a source with its documents", Args: commandline.Between(1, 1),
		Long:              "Remove a source from the configuration, and its documents from the database. On a terminal it asks first; elsewhere it wants --yes.",
		ValidArgsFunction: a.completeSources,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.removeSource(cmd, args[0], yes, asJSON)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) removeSource(cmd *cobra.Command, name string, yes, asJSON bool) error {
	k, t, err := a.knowledgeClient()
	if err != nil {
		return err
	}
	defer k.Close()
	dir, err := t.configDir()
	if err != nil {
		return err
	}
	list, err := k.Sources(cmd.Context())
	if err != nil {
		return t.explain(cmd.Context(), err)
	}
	path := local.SourcesFile(dir)
	cfg := crawl.Default()
	if exists(path) {
		if err := config.Load(path, &cfg); err != nil {
			return err
		}
	}
	known, configured := namesOf(list), cfg.Names()
	if !slices.Contains(known, name) && !slices.Contains(configured, name) {
		return noSource(name, append(known, configured...))
	}
	documents := 0
	for _, s := range list {
		if s.Name == name {
			documents = s.Documents
		}
	}
	if err := a.confirm(cmd, yes, fmt.Sprintf("Remove %s and its %s?", name, count(documents, "document"))); err != nil {
		return err
	}
	if err := a.takeOut(cmd.Context(), t, k, path, name, slices.Contains(configured, name)); err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.out, struct {
			Name      string `json:"name"`
			Documents int    `json:"documents"`
		}{name, documents})
	}
	a.out.Printf("removed %s with %s\n", name, count(documents, "document"))
	return nil
}

// takeOut removes a source: the crawler's, where it keeps it, or one of the
// configuration file, and its documents.
func (a *app) takeOut(ctx context.Context, t *target, k *knowledge.Client, path, name string, configured bool) error {
	if t.kind == "server" && !configured && slices.Contains(added(ctx), name) {
		c := control.NewClient(control.DefaultSocket)
		defer c.Close()
		return c.Remove(ctx, name)
	}
	if err := crawl.Remove(path, name); err != nil && !errors.Is(err, crawl.ErrNoSource) && !errors.Is(err, fs.ErrNotExist) {
		return writable(err, name)
	}
	if err := k.DeleteSource(ctx, name); err != nil && !errors.Is(err, knowledge.ErrNotFound) {
		return t.explain(ctx, err)
	}
	return nil
}

// confirm asks a person before what cannot be undone. Where nobody can be asked
// it wants --yes.
func (a *app) confirm(cmd *cobra.Command, yes bool, question string) error {
	switch {
	case yes:
		return nil
	case !a.canAsk():
		return sd.Hint(sd.UsageError("%s cannot ask here: %s", cmd.CommandPath(), question), "if so, add --yes")
	}
	line, err := a.readLine(cmd.Context(), question+" [y/N] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was removed")
}

// namesOf returns the names of sources.
func namesOf(list []knowledge.Source) []string {
	var out []string
	for _, s := range list {
		out = append(out, s.Name)
	}
	return out
}

// noSource is the refusal of a name that no source has.
func noSource(name string, names []string) error {
	slices.Sort(names)
	other := "there are: " + strings.Join(slices.Compact(names), ", ")
	if len(names) == 0 {
		other = "there are none yet: panther sources add URL-or-folder"
	}
	return sd.Hint(sd.UsageError("there is no source %q", name), config.DidYouMean(name, names, other))
}
