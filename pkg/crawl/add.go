package crawl

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"panther/pkg/config"
	"panther/pkg/crawl/code"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/text"
	"panther/pkg/sd"

	"github.com/google/renameio/v2"
	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
)

func (f *flags) addCommand() *cobra.Command {
	var name, versions string
	var show, private, offline, withCode bool
	c := &cobra.Command{Use: "add URL|FOLDER", Short: "Add a source to the configuration", Args: cobra.ExactArgs(1),
		Long: "Tell by its address and by a look at it what kind of source it is and which limits it wants, and append its table to the configuration.",
		RunE: func(c *cobra.Command, args []string) error {
			s, err := Guess(args[0])
			if err != nil {
				return err
			}
			if name != "" {
				s.Name = name
			}
			s.Versions = versions
			s.AllowPrivate, s.Code = s.AllowPrivate || private, s.Code || withCode
			if !offline {
				if s, err = Look(c.Context(), s); err != nil {
					fmt.Fprintf(c.ErrOrStderr(), "note: only its address was judged: %v\n", err)
				}
			}
			if show {
				_, err := fmt.Fprint(c.OutOrStdout(), table(s))
				return err
			}
			if err := Add(f.path, s); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "added source %s (%s) to %s\nvisit it: systemctl start panther-crawl@%s\n", s.Name, s.Kind, f.path, s.Name)
			return err
		}}
	c.Flags().StringVar(&name, "name", "", "name of the source")
	c.Flags().StringVar(&versions, "versions", "", "which versions to visit where it has the same pages in several: newest, all, or how many")
	c.Flags().BoolVar(&private, "allow-private", false, "it is on this machine or its network")
	c.Flags().BoolVar(&withCode, "code", false, "read source code too, of a folder or a repository")
	c.Flags().BoolVar(&offline, "offline", false, "judge by the address alone")
	c.Flags().BoolVar(&show, "print", false, "print the table and change nothing")
	return c
}

// Guess makes a source of an address or of the path of a folder.
func Guess(place string) (source.Source, error) {
	info, err := os.Stat(place)
	switch {
	case err == nil:
		return guessPath(place, info)
	case strings.HasPrefix(place, "/"), strings.HasPrefix(place, "."), strings.HasPrefix(place, "~"), !strings.ContainsAny(place, ".:"):
		return source.Source{}, sd.Hint(sd.UsageError("there is no file or folder %s", place), "give the path of one that is there, or an address such as https://docs.example.com/guide/")
	}
	if !strings.Contains(place, "://") {
		place = "https://" + place
	}
	u, err := url.Parse(place)
	if err != nil || u.Host == "" {
		return source.Source{}, sd.Hint(sd.UsageError("%q is neither an address nor a folder", place), "for example: panther-crawl sources add https://docs.example.com/guide/")
	}
	s := source.Source{Name: nameOf(u.Hostname() + u.Path), URL: u.String()}
	guessKind(&s, u)
	if err := s.Validate("source"); err != nil {
		return s, err
	}
	return s, nil
}

// guessPath makes a source of a folder, or of one file in it.
func guessPath(place string, info fs.FileInfo) (source.Source, error) {
	abs, err := filepath.Abs(place)
	if err != nil {
		return source.Source{}, fmt.Errorf("add %s: %w", place, err)
	}
	s := source.Source{Name: nameOf(filepath.Base(abs)), Kind: source.Files, Path: abs}
	switch {
	case info.IsDir():
	case !info.Mode().IsRegular():
		return s, sd.Hint(sd.UsageError("%s is neither a file nor a folder", place), "give the path of a document or of a folder of documents")
	case !text.Known(abs) && !code.Known(abs):
		return s, sd.Hint(sd.UsageError("%s is of no kind that is read", place), "see `man panther-crawl` for the kinds, or add the folder that it is in")
	default:
		s.Path, s.Include = filepath.Dir(abs), []string{globbed.Replace(filepath.Base(abs))}
		s.Code = !text.Known(abs)
	}
	return s, nil
}

// globbed escapes what has a meaning in a glob.
var globbed = strings.NewReplacer("*", "\\*", "?", "\\?", "[", "\\[", "{", "\\{", "\\", "\\\\")

var (
	feedPath = regexp.MustCompile(`(?i)(^|/)(feed|rss|atom)s?(/|$)|\.(rss|atom)$|(feed|rss|atom|index)\.(xml|json)$`)
	forges   = regexp.MustCompile(`^(www\.)?(github\.com|gitlab\.com|codeberg\.org|bitbucket\.org|git\.sr\.ht)$`)
)

// guessKind tells by an address what kind of source it is, and sets what that
// kind wants: a repository without the page of it that was copied, a space.
func guessKind(s *source.Source, u *url.URL) {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	host := strings.TrimPrefix(u.Host, "www.")
	s.Kind = source.Web
	switch {
	case strings.HasSuffix(u.Path, ".git"):
		s.Kind = source.Git
	case forges.MatchString(u.Host) && len(parts) >= 2:
		s.Kind = source.Git
		if len(parts) > 4 && (parts[2] == "tree" || parts[2] == "blob") { // a folder of one branch
			s.Ref, s.Include = parts[3], []string{strings.Join(parts[4:], "/") + "/**"}
		}
		place := strings.TrimSuffix(u.Path, "/")
		if before, page, ok := strings.Cut(place, "/-/"); ok { // GitLab, whose groups have groups
			place = before
			if kind, rest, _ := strings.Cut(page, "/"); kind == "tree" || kind == "blob" {
				ref, folder, _ := strings.Cut(rest, "/")
				s.Ref = ref
				if folder != "" {
					s.Include = []string{folder + "/**"}
				}
			}
		} else if host != "gitlab.com" {
			place = "/" + parts[0] + "/" + parts[1]
		}
		s.URL = u.Scheme + "://" + u.Host + strings.TrimSuffix(place, ".git")
	case strings.HasSuffix(host, ".atlassian.net"):
		s.Kind, s.URL = source.Confluence, u.Scheme+"://"+u.Host+"/wiki"
		if i := slices.Index(parts, "spaces"); i >= 0 && i+1 < len(parts) {
			s.Spaces = []string{parts[i+1]}
		}
	case host == "medium.com" || strings.HasSuffix(host, ".medium.com"), host == "dev.to", feedPath.MatchString(u.Path):
		s.Kind = source.Feed
	}
}

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// nameOf makes a name of a host and path: docs.example.com/guide/ is
// example-guide.
func nameOf(s string) string {
	s = strings.ToLower(s)
	for _, p := range []string{"www.", "docs.", "doc."} {
		s = strings.TrimPrefix(s, p)
	}
	host, rest, _ := strings.Cut(s, "/")
	for _, suffix := range []string{".com", ".org", ".io", ".dev", ".net", ".html"} {
		host, rest = strings.TrimSuffix(host, suffix), strings.TrimSuffix(rest, suffix)
	}
	name := strings.Trim(notName.ReplaceAllString(host+"-"+rest, "-"), "-")
	name = strings.Trim(name[:min(len(name), 40)], "-")
	if name == "" {
		return "source"
	}
	return name
}

// table writes a source as its table, as far as adding one sets it.
func table(s source.Source) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n[[source]]\nname = %s\nkind = %s\n", quote(s.Name), quote(s.Kind))
	for _, v := range []struct{ key, value string }{{"url", s.URL}, {"path", s.Path}, {"ref", s.Ref}, {"schedule", s.Schedule}, {"version", s.Version}, {"versions", s.Versions}} {
		if v.value != "" {
			fmt.Fprintf(&b, "%s = %s\n", v.key, quote(v.value))
		}
	}
	for _, v := range []struct {
		key    string
		values []string
	}{{"spaces", s.Spaces}, {"include", s.Include}, {"tags", s.Tags}} {
		if len(v.values) == 0 {
			continue
		}
		quoted := make([]string, len(v.values))
		for i, t := range v.values {
			quoted[i] = quote(t)
		}
		fmt.Fprintf(&b, "%s = [%s]\n", v.key, strings.Join(quoted, ", "))
	}
	if s.Render != "" {
		fmt.Fprintf(&b, "render = %s\n", quote(s.Render))
	}
	if s.Code {
		b.WriteString("code = true\n")
	}
	if s.MaxPages > 0 {
		fmt.Fprintf(&b, "max_pages = %d\n", s.MaxPages)
	}
	if s.AllowPrivate {
		b.WriteString("allow_private = true\n")
	}
	return b.String()
}

func quote(s string) string {
	b, err := toml.Marshal(map[string]string{"v": s})
	if err != nil {
		return `""`
	}
	return strings.TrimSpace(strings.TrimPrefix(string(b), "v = "))
}

// Add appends a source's table to the configuration file at path, which stays
// as it is otherwise, and refuses what would not load.
func Add(path string, s source.Source) error {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = []byte("version = 1\n"), nil
	}
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	return rewrite(path, append(old[:len(old):len(old)], table(s)...))
}

// ErrNoSource means that the configuration has no source of that name.
var ErrNoSource = errors.New("no such source")

// heads are the lines at which a table begins.
var heads = regexp.MustCompile(`(?m)^[ \t]*\[`)

// tableOf returns where the table of a source is in a configuration.
func tableOf(b []byte, name string) (begin, end int, ok bool) {
	starts := heads.FindAllIndex(b, -1)
	for i, at := range starts {
		end := len(b)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		var one struct {
			Source []struct {
				Name string `toml:"name"`
			} `toml:"source"`
		}
		if toml.Unmarshal(b[at[0]:end], &one) == nil && len(one.Source) == 1 && one.Source[0].Name == name {
			return at[0], end, true
		}
	}
	return 0, 0, false
}

// Table returns a source's table as it is written in the configuration file at
// path.
func Table(path, name string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	begin, end, ok := tableOf(b, name)
	if !ok {
		return "", ErrNoSource
	}
	return string(b[begin:end]), nil
}

// Edit changes settings of a source in the configuration file at path, which
// stays as it is otherwise, and refuses what would not load. A setting that was
// not there is written at the end of its table.
func Edit(path, name string, settings map[string]any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	begin, end, ok := tableOf(b, name)
	if !ok {
		return fmt.Errorf("edit source %s in %s: %w", name, path, ErrNoSource)
	}
	table := string(b[begin:end])
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		line, err := toml.Marshal(map[string]any{key: settings[key]})
		if err != nil {
			return fmt.Errorf("write %s: %w", key, err)
		}
		text := strings.TrimSpace(string(line))
		if at := settingOf(table, key); at != nil {
			table = table[:at[0]] + text + table[at[1]:]
		} else {
			body := strings.TrimRight(table, "\n")
			table = body + "\n" + text + "\n" + strings.TrimPrefix(table[len(body):], "\n")
		}
	}
	return rewrite(path, slices.Concat(b[:begin], []byte(table), b[end:]))
}

// settingOf finds a setting in a table: a line, or an array over several.
func settingOf(table, key string) []int {
	return regexp.MustCompile(`(?m)^[ \t]*` + regexp.QuoteMeta(key) + `[ \t]*=[ \t]*(?:\[(?:[^\]"'#]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*)*\]|[^\n#"']*(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')?)`).FindStringIndex(table)
}

// Remove takes a source's table out of the configuration file at path, which
// stays as it is otherwise. Comments above the table stay too.
func Remove(path, name string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	cfg := Default()
	if err := config.Decode(path, b, &cfg); err != nil {
		return err
	}
	if begin, end, ok := tableOf(b, name); ok {
		return rewrite(path, slices.Concat(b[:begin], b[end:]))
	}
	return fmt.Errorf("remove source %s from %s: %w", name, path, ErrNoSource)
}

// rewrite replaces the configuration file by one that loads.
func rewrite(path string, b []byte) error {
	cfg := Default()
	if err := config.Decode(path, b, &cfg); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if err := renameio.WriteFile(path, b, 0o644); err != nil {
		return sd.Hint(fmt.Errorf("write configuration: %w", err), "run it as root, or name another file with --config")
	}
	return nil
}
