package search

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"The running indexes":                               {"run", "index"},
		"maxOpenConns":                                      {"maxopenconns", "max", "open", "conn"},
		"work_mem = --foo-bar":                              {"work_mem", "work", "mem", "foo-bar", "foo", "bar"},
		"HTTPServer ORA-00942 naïve":                        {"httpserver", "http", "server", "ora-00942", "ora", "00942", "naïve", "naiv"},
		"of the":                                            nil,
		"I don't, it’s the user's":                          {"i", "don", "user"},
		"time-sharing e.g. os.path":                         {"time", "share", "e", "g", "os.path", "os", "path"},
		"rock 'n' roll' 'quoted'":                           {"rock", "n", "roll", "quot"},
		"école ＳＱＬ Straße naïveté":                          {"école", "ecol", "sql", "straße", "strass", "naïveté", "naivet"},
		"индексы 데이터베이스를":                                   {"индексы", "индекс", "데이터베이스를", "데이터베이스", "데이", "이터", "터베", "베이", "이스", "스를"},
		"psend -h, -H and --force -1":                       {"psend", "h", "-h", "h", "-h·", "forc", "--force", "1", "-1"},
		"C++ and C# or C; i++ F#x":                          {"c", "c++", "c", "c#", "c", "i", "i++", "f", "x"},
		"a ->> b, `@>` x != y 0x80070":                      {"->>", "b", "@>", "x", "!=", "y", "0x80070", "80070"},
		"v17 of V2.1":                                       {"v17", "17", "v2.1", "v2", "1", "2.1"},
		"**b** | --- | # h // c <b></b> - x -- y ``` a.b-c": {"b", "h", "c", "b", "b", "x", "y", "b", "c"},
		"部分索引 हिन्दी x":                                     {"部", "部分", "分", "分索", "索", "索引", "引", "हिन्दी", "हिन्द", "x"},

		"--no-verify no_verify":                                     {"no-verify", "verifi", "no_verify", "verifi"},
		"ptr->x col::int a||b a&&b <-ch":                            {"ptr", "->", "x", "col", "::", "int", "||", "b", "&&", "b", "<-", "ch"},
		"v <-> w <=> x; #!/bin/sh":                                  {"v", "<->", "w", "<=>", "x", "#!/", "bin", "sh", "/bin/sh"},
		"#include <a.h> $PATH ${HOME} %w @media":                    {"includ", "#include", "h", "path", "$path", "home", "$home", "w", "%w", "media", "@media"},
		`\d \D+ me@example.org 50%off &#39; [x](#y)`:                {"d", `\d`, "d", `\d·`, "me", "example.org", "exampl", "org", "50", "off", "39", "x", "y"},
		".env .NET Node.js C# F# g++":                               {"env", ".env", "net", ".net", "node.js", "node", "js", "c", "c#", "f", "f#", "g", "g++"},
		"/etc/hosts ~/.ssh/config and/or https://e.org/a/b":         {"etc", "host", "ssh", ".ssh", "/etc/hosts", "config", "/.ssh/config", "https", "e", "org", "b"},
		"ORA-00942 E0308 42P01 CVE-2024-1234 0x0000007B v1.2.3-rc1": {"ora-00942", "ora", "00942", "e0308", "42p01", "cve-2024-1234", "cve", "2024", "1234", "0x0000007b", "0000007b", "7b", "v1.2.3-rc1", "v1", "2", "3", "rc1"},
		"l'école d'eau qu'il it's I'll":                             {"l", "école", "ecol", "d", "eau", "qu", "il", "i"},
		"🎉 done 👩‍💻 🇩🇪 ✓ → ©":                                       {"🎉", "done", "👩", "💻", "🇩🇪", "✓"},
		"Daten\u00adbank ١٢٣ १७":                                    {"datenbank", "123", "17"},
		"İstanbul ISPARTA ısparta":                                  {"istanbul", "isparta", "ısparta", "isparta"},
		"Δείκτης ΔΕΙΚΤΗΣ δείκτες":                                   {"δείκτης", "δεικτ", "δεικτησ", "δεικτ", "δείκτες", "δεικτ"},
		"cơ sở dữ liệu Đà":                                          {"cơ", "co", "sở", "so", "dữ", "du", "liệu", "lieu", "đà", "da"},
		"والكتاب كتاب إلى بالبيانات":                                {"والكتاب", "كتاب", "كتاب", "بالبيانات", "بيان"},
		"והספרים ספר":                                               {"והספרימ", "ספר", "ספר"},
		"ฐานข้อมูล ဒေတာ":                                            {"ฐา", "าน", "นข้", "ข้อ", "อมู", "มูล", "ဒေတာ"},
		"PostgreSQLの索引を":                                            {"postgresql", "postgr", "sql", "の索", "索", "索引", "引", "引を"},
		"猫が ﾃﾞｰﾀ":                                                   {"猫", "猫が", "デー", "ータ"},
		"책을 책":                                                      {"책을", "책", "책"},
	} {
		if got := Terms(in); !slices.Equal(got, want) {
			t.Errorf("Terms(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	q := Parse(`how index "partial index" not:unique_key source:pg lang:en after:2026-01-02 after:soon`)
	if r := reading(t, q); !slices.Equal(q.Terms, []string{"partial", "index", "index", "after", "soon"}) || len(r.Phrases) != 0 ||
		!slices.Equal(r.Exclude, []string{"unique_key"}) || q.Source != "pg" || q.Language != "en" || q.After.Day() != 2 {
		t.Errorf("got %+v", q)
	}
}

// reading reads a query for an index in some languages.
func reading(t *testing.T, q Query, langs ...string) Reading {
	t.Helper()
	r, err := q.In(langs, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParsePhrases(t *testing.T) {
	t.Parallel()
	for in, phrases := range map[string]int{
		`"partial index"`:                      1,
		`"partial index" speed`:                1,
		`"partial index" "where clause" speed`: 2,
		`"`:                                    0,
		`a "quotation" in a longer text about databases`: 0,
	} {
		if q := reading(t, Parse(in)); len(q.Phrases) != phrases {
			t.Errorf("%s has phrases %q", in, q.Phrases)
		}
	}
	for in, want := range map[string]string{"what is it": "what", "who do you do": "who do you do", "how do I index - fast": "index fast", "psend -h": "psend h -h", "what is C#": "c c#", "not: x": "x"} {
		if q := Parse(in); strings.Join(q.Terms, " ") != want {
			t.Errorf("%q has terms %q", in, q.Terms)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"Which filter does the pump use?"`:     "filter pump use",
		`What does "cannot open valve 7" mean?`: "cannot open valv 7 mean cannot open valv 7",
		`What does “open valve” mean?`:          "open valv mean open valv",
		"What does psend -s do?":                "psend s -s",
		"Where do I write lang:de?":             "write lang de",
		"not:x source:pg after:2026-01-02":      "x sourc pg after 2026-01-02 2026 01 02",
		`a "word and "`:                         "word word",
		`an 'apostrophe" alone`:                 "apostroph alon",
		`"a"`:                                   "",
	} {
		q := Text(in)
		if got := strings.Join(q.Terms, " "); got != want || strings.ContainsAny(q.Text, `"“”`) {
			t.Errorf("%s has terms %q, text %q; want %q", in, got, q.Text, want)
		}
		if c := q.Conditions(); len(c) > 0 {
			t.Errorf("%s has conditions %v", in, c)
		}
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	q := Parse(`"partial index" not:unique not:old source:pg version:17`)
	var names []string
	for _, c := range q.Conditions() {
		names = append(names, c.Name)
		if got := len(c.Without.Conditions()); c.Name != "its conditions" && got != 5 || c.Name == "its conditions" && got != 0 {
			t.Errorf("without %s it has %d conditions", c.Name, got)
		}
	}
	if want := []string{`"partial index"`, "not:unique", "not:old", "source:pg", "version:17", "its conditions"}; !slices.Equal(names, want) {
		t.Errorf("conditions %q, want %q", names, want)
	}
}

// A phrase has its words in the order of the index; many conditions are one.
func TestPhrasesOfMarks(t *testing.T) {
	t.Parallel()
	if q := reading(t, Parse(`"C++ templates"`)); len(q.Phrases) != 1 || !slices.Equal(q.Phrases[0][0], []string{"c", "c++", "templat"}) {
		t.Errorf("phrases %q", q.Phrases)
	}
	if c := Parse(strings.Repeat(`"a b" "c d" `, 100)).Conditions(); len(c) != 1 || c[0].Name != "its conditions" {
		t.Errorf("%d conditions", len(c))
	}
}

func TestFuse(t *testing.T) {
	t.Parallel()
	lexical := Leg{[]Scored{{1, 8}, {2, 6}, {3, 2}}, map[int64]float64{4: 1}}
	dense := Leg{[]Scored{{4, .9}, {2, .8}, {1, .5}}, map[int64]float64{3: .3}}
	got := Fuse(lexical, dense, .5, nil)
	want := []Fused{{2, 19. / 24, 2, 2}, {1, 2. / 3, 1, 3}, {4, .5625, 0, 1}, {3, .125, 3, 0}}
	same := func(a, b Fused) bool {
		return a.Unit == b.Unit && a.Lexical == b.Lexical && a.Dense == b.Dense && math.Abs(a.Score-b.Score) < 1e-9
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("got %+v", got)
	}
	// The page of 1 has the best of both legs, and 3 besides.
	want = []Fused{{1, 2./3 + (1-2./3)/2 + .05*.5625 + .025*.125, 1, 3}, {2, 19. / 24, 2, 2}, {4, .5625, 0, 1}, {3, .125, 3, 0}}
	if got := Fuse(lexical, dense, .5, map[int64]int64{1: 7, 4: 7, 3: 7, 2: 8}); !slices.EqualFunc(got, want, same) {
		t.Errorf("by page: %+v", got)
	}
	dense.Others = nil // what has no vector is as far as the last
	if got := Fuse(lexical, dense, .5, nil); !same(got[3], Fused{3, .125, 3, 0}) || !same(got[2], Fused{1, .5, 1, 3}) {
		t.Errorf("without a vector: %+v", got)
	}
	if got := Fuse(lexical, Leg{}, .5, nil); got[0].Score != 1 || got[0].Unit != 1 || got[2].Score != .25 {
		t.Errorf("one leg: %+v", got)
	}
	if got := Fuse(Leg{}, Leg{}, .5, nil); len(got) != 0 {
		t.Errorf("no leg: %+v", got)
	}
}

func TestExact(t *testing.T) {
	t.Parallel()
	q := Text("does ORA-00942 or ERR_NO_CERT of max_conns in 3.14, v17 or 2024 need -x, --force or 0x80070005 and utf8?")
	if got, want := q.Exact(9), []string{"ora-00942", "00942", "err_no_cert", "max_conns", "-x", "--force", "0x80070005", "80070005", "utf8"}; !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := q.Exact(2); len(got) != 2 {
		t.Errorf("the first two are %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`a "b -c`)
	f.Add("-- ::: source:")
	f.Fuzz(func(t *testing.T, s string) {
		for _, term := range append(Parse(s).Terms, Text(s).Terms...) {
			if term == "" || len(term) > maxTerm+16 {
				t.Errorf("term %q", term)
			}
		}
	})
}
