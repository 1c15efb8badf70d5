package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"panther/pkg/opnix"
	"panther/pkg/opnix/run"
	"panther/pkg/opnix/token"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// envFile is opnix 0.11's configuration of `opnix env`, and the backend.
type envFile struct {
	Vars    []envVar      `json:"vars"`
	Format  string        `json:"format"`
	Backend opnix.Backend `json:"backend"`
}

type envVar struct {
	Name               string `json:"name"`
	Reference          string `json:"reference"`
	Value              string `json:"value"`
	Optional           bool   `json:"optional"`
	PreserveWhitespace bool   `json:"preserveWhitespace"`
	Description        string `json:"description"`
	req                vault.Request
}

func envCommand(f *flags) *cobra.Command {
	var inline, format string
	c := &cobra.Command{
		Use: "env", Short: "Write variables for a development shell", Args: cobra.NoArgs,
		Long: "Resolves the variables of an environment configuration, from -config, -config-json, OPNIX_ENV_CONFIG or\n" +
			"OPNIX_ENV_CONFIG_JSON, and writes them for a shell to evaluate, as a .env file or as JSON. The token is that of\n" +
			"-token-file or OP_SERVICE_ACCOUNT_TOKEN. For development: a service takes its secrets from files.",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, raw, err := f.envConfig(inline)
			if err != nil {
				return err
			}
			format := first(format, cfg.Format, "shell")
			write, ok := envFormats[strings.ToLower(format)]
			if !ok {
				return sd.UsageError("format %q is not known, there are shell, dotenv and json", format)
			}
			values, err := f.envValues(c, cfg, raw)
			if err != nil {
				return err
			}
			return write(c.OutOrStdout(), values)
		},
	}
	c.Flags().StringVar(&inline, "config-json", "", "environment configuration as JSON `text`")
	c.Flags().StringVar(&format, "format", "", "shell, dotenv or json (default shell)")
	return c
}

func first(v ...string) string {
	for _, s := range v {
		if s != "" {
			return s
		}
	}
	return ""
}

// envConfig reads the configuration from where opnix 0.11 looks for it.
func (f *flags) envConfig(inline string) (*envFile, []byte, error) {
	inline = first(inline, os.Getenv("OPNIX_ENV_CONFIG_JSON"))
	var path string
	if len(f.configs) > 0 {
		path = f.configs[len(f.configs)-1]
	}
	path = first(path, os.Getenv("OPNIX_ENV_CONFIG"))
	raw, from := []byte(inline), "the configuration"
	if inline == "" {
		if path == "" {
			return nil, nil, &sd.Error{Err: errors.New("there is no environment configuration"), Hint: "name one with -config or -config-json", Code: sd.ExitUsage}
		}
		var err error
		if raw, err = os.ReadFile(path); err != nil {
			return nil, nil, sd.ConfigError(fmt.Errorf("read environment configuration: %w", err), "name another one with -config")
		}
		from = path
	}
	cfg, err := parseEnv(raw)
	if err != nil {
		return nil, nil, sd.ConfigError(fmt.Errorf("%s: %w", from, err), `write {"vars": [{"name": "API_TOKEN", "reference": "op://Vault/Item/field"}]}`)
	}
	return cfg, raw, nil
}

var envName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

func parseEnv(raw []byte) (*envFile, error) {
	var cfg envFile
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&cfg); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	if len(cfg.Vars) == 0 {
		return nil, errors.New("vars is empty")
	}
	seen := map[string]bool{}
	for i := range cfg.Vars {
		v := &cfg.Vars[i]
		switch {
		case !envName.MatchString(v.Name):
			return nil, fmt.Errorf("vars[%d].name %q: upper-case letters, digits and underscores only", i, v.Name)
		case seen[v.Name]:
			return nil, fmt.Errorf("vars[%d].name %q is there twice", i, v.Name)
		case (v.Reference == "") == (v.Value == ""):
			return nil, fmt.Errorf("vars[%d] (%s) needs either reference or value", i, v.Name)
		}
		seen[v.Name] = true
		if v.Reference == "" {
			continue
		}
		ref, err := vault.ParseReference(v.Reference)
		if err != nil {
			return nil, fmt.Errorf("vars[%d].reference %q %w", i, v.Reference, err)
		}
		v.req = vault.Request{Ref: ref}
	}
	return &cfg, nil
}

func (f *flags) envValues(c *cobra.Command, cfg *envFile, raw []byte) (map[string]string, error) {
	ans, err := f.envAnswers(c, cfg, raw)
	if err != nil {
		return nil, err
	}
	why := map[string]vault.Failure{}
	for _, x := range ans.Failures {
		why[x.Key] = x
	}
	out := map[string]string{}
	var failed []vault.Failure
	for _, v := range cfg.Vars {
		text := v.Value
		if v.Reference != "" {
			val, ok := ans.Values[v.req.Key()]
			switch x := why[v.req.Key()]; {
			case !ok && v.Optional:
				fmt.Fprintf(c.ErrOrStderr(), "opnix: optional variable %s left out: %s\n", v.Name, x.Detail)
				continue
			case !ok:
				failed = append(failed, x)
				continue
			}
			text = string(val.Bytes())
		}
		if !v.PreserveWhitespace {
			text = strings.TrimSpace(text)
		}
		if strings.Contains(text, "\x00") {
			return nil, fmt.Errorf("variable %s: an environment variable cannot hold a NUL byte", v.Name)
		}
		out[v.Name] = text
	}
	if len(failed) > 0 {
		return nil, &run.FailuresError{Total: len(cfg.Vars), Failures: failed}
	}
	return out, nil
}

func (f *flags) envAnswers(c *cobra.Command, cfg *envFile, raw []byte) (vault.Answer, error) {
	var reqs []vault.Request
	seen := map[string]bool{}
	for _, v := range cfg.Vars {
		if v.Reference != "" && !seen[v.req.Key()] {
			seen[v.req.Key()] = true
			reqs = append(reqs, v.req)
		}
	}
	if len(reqs) == 0 {
		return vault.Answer{}, nil
	}
	l, _, err := f.loader()
	if err != nil {
		return vault.Answer{}, err
	}
	conf, err := l.ForBackend(cfg.Backend, raw)
	if err != nil {
		return vault.Answer{}, err
	}
	r, _, closeAll, err := f.runner(conf)
	if err != nil {
		return vault.Answer{}, err
	}
	defer closeAll()
	var tok vault.Value
	if conf.Backend.NeedsToken() {
		if tok, err = envToken(conf.TokenFile); err != nil {
			return vault.Answer{}, err
		}
	}
	return r.Ask(c.Context(), tok, reqs)
}

// envToken prefers the environment, as opnix 0.11 and 1Password's own tools do,
// and takes it out of there, so that no child inherits it.
func envToken(file string) (vault.Value, error) {
	const key = "OP_SERVICE_ACCOUNT_TOKEN"
	if t := strings.TrimSpace(os.Getenv(key)); t != "" {
		return vault.NewValue([]byte(t)), os.Unsetenv(key)
	}
	return token.Load(file)
}

var envFormats = map[string]func(io.Writer, map[string]string) error{
	"shell": func(w io.Writer, v map[string]string) error {
		return eachVar(w, v, func(k, s string) string { return "export " + k + "='" + strings.ReplaceAll(s, "'", `'"'"'`) + "'\n" })
	},
	"dotenv": func(w io.Writer, v map[string]string) error {
		return eachVar(w, v, func(k, s string) string { return k + "=" + dotenv(s) + "\n" })
	},
	"json": func(w io.Writer, v map[string]string) error { return writeJSON(w, v) },
}

func eachVar(w io.Writer, v map[string]string, line func(k, s string) string) error {
	for _, k := range slices.Sorted(maps.Keys(v)) {
		if _, err := io.WriteString(w, line(k, v[k])); err != nil {
			return err
		}
	}
	return nil
}

var dotenvPlain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]*$`)

// dotenv quotes what a .env reader would cut, join or expand.
func dotenv(s string) string {
	if dotenvPlain.MatchString(s) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "$", `\$`, "`", "\\`").Replace(s) + `"`
}
