package code_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/commonmark"
	"panther/pkg/crawl/code"
	"panther/pkg/passage"
)

// filler is more than a passage takes, so that what holds it is large.
func filler(line string) string { return strings.Repeat(line+"\n", 160) }

func TestDeclarationsHaveSections(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want string }{
		"store.go": {"// Package store keeps.\npackage store\n\nimport \"fmt\"\n\nconst (\n\tA = \"func x() {\" // }\n\tB = `\n}\n`\n)\n\n// Put keeps a value.\nfunc (s *Store[K, V]) Put(k K) {\n\tfmt.Println('}', \"}\")\n}\n\ntype Store[K, V any] struct{ m map[K]V }\n\nvar x = 1\nvar y = 2\n\nfunc Put() {}\n",
			"; const A, B; func (*Store) Put; type Store; var x, y; func Put"},
		"store.py": {"\"\"\"Doc: def no(): pass\"\"\"\nimport os\n\nLIMIT = 3\n\n@cached(\n    1,\n)\n@other\nasync def put_document(x, *,\n                       y={\n}):\n    '''text\ndef not_one(): '''\n    return x\n    # trails\n\nclass Store(Base):\n    def get(self): return 1\n    def put(self): return 2\n\nif True:\n    run()\n",
			"; variable LIMIT; def put_document; class Store [Store.get Store.put]; …"},
		"big.py": {"class Store:\n    \"\"\"Doc.\"\"\"\n\n    def put(self):\n" + filler("        self.x = 1") + "\n    @property\n    def size(self):\n        return 1\n", "class Store; def Store.put; def Store.size"},
		"app.tsx": {"import a from 'a';\n\nexport const App = () => {\n  return <p>Don't {a} // not one\n  </p>;\n};\nexport default class Box<T extends { a: 1 }> extends Base<\n  T\n> {\n  get(): T { return this.t }\n}\ntype Both = A<\n  B\n>;\nexport interface Shape {\n  side: number;\n}\nfunction re(s) {\n  return s.match(/[/\"]{/g) ? `a${`b${'}'}`}{` : 1;\n}\nFoo.prototype.bar = function () {\n};\nrun();\n",
			"; const App; class Box [Box.get]; type Both; interface Shape [Shape.side]; function re; function Foo.prototype.bar; …"},
		"a.js": {"'use strict';\nexport default {\n  name: 'x',\n  data() {\n" + filler("    a();") + "  },\n};\n", "; export default; field name; method data"},
		"A.java": {"package a.b;\nimport x.Y;\n\n/** Keeps. */\n@Big(\"{\")\npublic final class Store<T extends Comparable<T>> extends Base {\n  private final Map<String, T> m = new HashMap<>();\n\n  /** Puts. */\n  @Override public <K> void put(K k) throws E {\n" + filler("    int x = 1;") + "  }\n\n  Store(int a) { }\n\n  int size() { return 1; }\n}\n",
			"; class Store; field Store.m; method Store.put; method Store.Store; method Store.size"},
		"a.kt": {"package a\n\n@Deprecated(\"x\")\ninternal fun <T> List<T>.second(): T =\n  this[1]\n\ndata class P(\n  val x: Int,\n) {\n  companion object {\n    const val Z = \"${if (a) \"}\" else \"{\"}\"\n  }\n}\n\nopen class Q\ninternal constructor(a: Int)\n", "; fun List.second; class P [Companion P.Z]; class Q"},
		"a.c": {"/* Licence. */\n\n#include <a.h> /* goes\n   on { */\n\n#define MAX(a) \\\n  ((a) + 1)\n#define MIN 1\n\ntypedef struct node {\n  int x;\n} node_t, *node_p;\n\nenum { RED, GREEN = 2 };\n\nstatic int\nold(argc, argv)\n  int argc;\n  char **argv;\n{\n#if A\n  if (x) {\n#else\n  if (y) {\n#endif\n  }\n  return '\"';\n}\n\nEXPORT_API(int) mixed(void *p, dict *d);\nint (*hook)(int);\nconst char *names[] = {\"a\", \"}\"};\n\n#ifdef B\nvoid after(void) { }\n#endif\n",
			"; #define MAX; #define MIN; typedef struct node node_p; enum RED, GREEN; function old; function mixed; variable hook; variable names; …; function after; …"},
		"a.cpp": {"namespace a::b {\n\ntemplate <typename T, int N = (1 > 0)>\nclass Box : public Base<T> {\n public:\n  Box() {}\n  ~Box();\n  bool operator==(const Box& o) const { return R\"x(})\")x\"[0]; }\n};\n\nBox::~Box() {}\nstd::vector<int> Box::all() const { return {}; }\n\n}  // namespace\n",
			"namespace a::b; class Box [Box::Box Box::~Box Box::operator==]; function Box::~Box; function Box::all"},
		"A.cs": {"using System;\n\nnamespace A.B\n{\n    [Test(\"]\")]\n    public class Store : IStore\n    {\n        public int Size { get; set; } = 1;\n        public string Text => $\"{(a ? \"}\" : @\"\\\")}\";\n        public async Task<int> PutAsync<T>(T a) where T : new()\n        {\n        }\n    }\n}\n", "; namespace A.B; class Store [Store.Size Store.Text Store.PutAsync]"},
		"a.rs": {"//! Crate.\nuse std::fmt;\n\n/// Keeps 'static.\n#[derive(Debug)]\npub struct Store<'a> { s: &'a str }\n\nimpl<'a, T: Fn() -> u8> fmt::Display for Store<'a> {\n    fn fmt(&self) -> char { '{' }\n    pub(crate) const unsafe fn raw(&self) -> &str { r#\"}\"\"# }\n}\n\npub const fn one() -> u8 { b'}' }\nmacro_rules! twice { ($x:expr) => { $x }; }\n",
			"; struct Store; impl fmt::Display for Store<'a> [Store::fmt Store::raw]; fn one; macro_rules! twice"},
		"a.rb":    {"require 'x'\n\nmodule Outer\n  class Store < Base\n    LIMIT = %w[a b].freeze\n\n    def self.open(path) = new(path)\n\n    def put(x)\n      puts <<~TEXT, /[\"']/\n        def no\n      TEXT\n    rescue\n      nil\n    end\n  end\nend\n", "; module Outer; class Outer::Store [Store::LIMIT Store.open Store#put]"},
		"a.php":   {"<p>It's {</p>\n<?php\nnamespace A;\n\nuse B\\C;\n\n#[Attribute]\nfinal class Store {\n    private ?int $n = 1;\n    public function put(string $a): void { echo <<<X\n}\nX;\n    }\n}\nfunction run() { return \"{$a['}']}\"; }\n", "; class Store [Store::$n Store::put]; function run"},
		"a.swift": {"import X\n\n@MainActor\npublic final class Store {\n  static let one = \"\\(a ? \"}\" : \"{\")\"\n  class func make() -> Store { Store() }\n  init() {}\n}\n\nextension Store: Equatable {}\nfunc == (a: Store, b: Store) -> Bool { true }\n", "; class Store [Store.one Store.make Store]; extension Store; func =="},
		"a.scala": {"package a\n\nsealed trait Shape\ncase class Box(x: Int) extends Shape {\n  def put(y: Int): Unit = ()\n}\nobject Main:\n  def run() = 1\n  val s = s\"${\"}\"}\"\n", "; trait Shape; class Box [Box.put]; object Main [Main.run Main.s]"},
		"a.lua":   {"local M = {}\n\n--[[ function no() end ]]\nfunction M.put(x)\n  return [==[ end ]] ]==]\nend\n\nM.get = function() end\nlocal function f() end\nreturn M\n", "variable M; function M.put; function M.get; function f; …"},
		"a.sh":    {"#!/bin/sh\nset -e\n\n# Puts.\nput_it() {\n  case \"$1\" in a) echo \"$(echo \"}\")\" ;; esac\n  cat <<-'END'\n\t}\n\tEND\n  [ ${#x} -gt 0 ] && tr \\( x <<< \"y\"\n}\n\nfunction run {\n  put_it\n}\nrun \"$@\"\n", "; function put_it; function run; …"},
		"a.sql":   {"CREATE TABLE IF NOT EXISTS app.\"users\" (\n  id int -- ; no\n);\ncreate or replace function f() returns int as $x$ begin; end; $x$ language sql;\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n  SELECT 'it''s;';\nEND;\nINSERT INTO a VALUES (1);\n", "table app.users; function f; trigger t; …"},
		"a.nix":   {"{ lib, ... }:\nlet\n  a = ''\n    ${if x then \"}\" else ''{''} ''${no} ;\n  '';\n  b = 1;\nin\n{\n  options.x = lib.mkOption { };\n}\n", "a; b; …"},
		"A.hs":    {"{-# LANGUAGE X #-}\nmodule A where\n\nimport B\n\n-- | Puts.\nput' :: Int -> Char\nput' 0 = '\"'\nput' n\n  | n > 1 = 'x'\n  where m = 1\n\ndata T = T { a :: Int }\n  deriving Show\n\ninstance Show T where\n  show _ = \"-- no\"\n", "; function put'; data T; instance Show [Show.show]"},
		"a.ex":    {"defmodule A.Store do\n  @moduledoc \"\"\"\n  def no\n  \"\"\"\n  @doc \"Puts.\"\n  @spec put(x) :: y\n  def put(x) when x > ?\", do: ~s(end \")\n  def put(_), do: \"#{\"}\"}\"\n  defp get do\n    1\n  end\nend\n", "defmodule A.Store [Store.put Store.get]"},
		"a.zig":   {"const std = @import(\"std\");\n\npub const Store = struct {\n    n: u8,\n    pub fn put(self: *Store) void {\n        _ = \\\\ }\n        ;\n    }\n};\n\ntest \"puts {\" {}\n", "const std; const Store [Store.put]; test \"puts {\""},
		"a.proto": {"syntax = \"proto3\";\npackage a;\n\n// Asks.\nmessage Ask {\n  string q = 1;\n}\nservice S {\n  rpc Do(Ask) returns (Ask);\n}\n", "; message Ask; service S [S.Do]"},
		"Old.h":   {"#ifdef __cplusplus\nextern \"C\" {\n#endif\n\nint one(void);\nint two(int);\n\n#ifdef __cplusplus\n}\n#endif\n", "; extern \"C\"; function one, two; …; …"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole(t, name, c.src)
			var got []string
			for _, s := range code.Sections(name, c.src) {
				title := s.Title
				if len(s.Members) > 0 {
					title += " [" + strings.Join(s.Members, " ") + "]"
				}
				got = append(got, title)
			}
			if g := strings.Join(got, "; "); g != c.want {
				t.Errorf("sections are\n%s\nwant\n%s", g, c.want)
			}
		})
	}
}

// whole checks that the sections of a file are the file, and that its document
// has no heading but theirs.
func whole(t *testing.T, name, src string) {
	t.Helper()
	at, titles := 0, 0
	for _, s := range code.Sections(name, src) {
		if s.Start != at || s.Code < s.Start || s.End < s.Code || s.Level < 1 {
			t.Fatalf("%s: section %q is %d:%d:%d, and %d bytes came before", name, s.Title, s.Start, s.Code, s.End, at)
		}
		at = s.End
		if s.Title != "" {
			titles++
		}
	}
	if at != len(src) {
		t.Fatalf("%s: sections have %d of %d bytes", name, at, len(src))
	}
	n := 0
	for _, b := range commonmark.Blocks(code.Document(name, "file:///x", src).Markdown, nil) {
		if b.Kind == commonmark.Heading {
			n++
			if !strings.HasPrefix(b.Anchor, "L") {
				t.Errorf("%s: heading %q has the anchor %q", name, b.Title, b.Anchor)
			}
		}
	}
	if n != titles {
		t.Errorf("%s: %d headings of %d sections", name, n, titles)
	}
}

// TestGoIsCutAsItsParserReadsIt compares the sections of this module's own files
// with what go/parser says of them.
func TestGoIsCutAsItsParserReadsIt(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir("../..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(p) != ".go" {
			return err
		}
		files++
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		whole(t, p, string(b))
		sections := code.Sections(p, string(b))
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, p, b, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			name, from := "", decl.Pos()
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if name = decl.Name.Name; decl.Doc != nil {
					from = decl.Doc.Pos()
				}
			case *ast.GenDecl:
				if decl.Tok == token.IMPORT {
					continue
				}
				name = strings.Fields(string(b[fset.Position(decl.Pos()).Offset:]))[0]
			}
			i := holding(sections, fset.Position(from).Offset, fset.Position(decl.End()).Offset)
			if i < 0 || !strings.Contains(sections[i].Title, name) {
				t.Errorf("%s: no section has the whole of %s", fset.Position(decl.Pos()), name)
			}
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("%d files: %v", files, err)
	}
}

func holding(sections []code.Section, from, to int) int {
	for i, s := range sections {
		if s.Start <= from && to <= s.End {
			return i
		}
	}
	return -1
}

func TestADocumentSaysWhatACommentSays(t *testing.T) {
	t.Parallel()
	src := "// Licence.\n\npackage a\n\n// Put keeps it.\n//\n// # Rules\n//\n//   - one\n//\n// <pre>\n// ```\n// x\nfunc Put() {\n/*\n```\n## no\n*/\n}\n"
	for uri, anchor := range map[string]string{"https://github.com/o/r/blob/main/a.go": "L5-L19", "https://git.example.org/o/r/-/blob/main/a.go": "L5-19", "https://codeberg.org/o/r/src/main/a.go": "L5-L19",
		"https://bitbucket.org/o/r/src/main/a.go": "lines-5:19", "file:///srv/a.go": "L5"} {
		d := code.Document("pkg/a.go", uri, src)
		want := "Licence.\n\n```go\npackage a\n```\n\n## `func Put` {#" + anchor + "}\n\nPut keeps it.\n\n**Rules**\n\n  - one\n\n\\<pre>\n```\nx\n```\n\n````go\nfunc Put() {\n/*\n```\n## no\n*/\n}\n````\n"
		if d.Markdown != want || d.Title != "pkg/a.go" {
			t.Errorf("%s is %q\n%s\nwant\n%s", uri, d.Title, d.Markdown, want)
		}
	}
	for name, c := range map[string]struct{ src, want string }{
		"a.java": {"/**\n * Keeps <b>it</b>.\n *\n * @param x what\n */\nclass A {}\n", "Keeps <b>it</b>.\n\n@param x what\n"},
		"a.py":   {"# One\n# ===\n#   two\ndef f(): pass\n", "One\n\n  two\n"},
		"A.hs":   {"{- | Puts\n   it. -}\nf :: Int\nf = 1\n", "Puts\n"},
		"a.rs":   {"/// Keeps.\n/// ## More\nfn f() {}\n", "Keeps.\n**More**\n"},
	} {
		if md := code.Document(name, "file:///"+name, c.src).Markdown; !strings.Contains(md, c.want) {
			t.Errorf("%s is %q, want %q", name, md, c.want)
		}
	}
}

// TestPassagesKeepDeclarations looks at what is searched.
func TestPassagesKeepDeclarations(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("\tx := call(a, b)\n\n\ty(x)\n\n", 12)
	long := strings.Repeat(body, 4)
	md := code.Document("a.go", "file:///a.go", "package a\n\nfunc Short() {\n"+body+"}\n\nfunc Long() {\n"+long+"}\n").Markdown
	short, pieces := 0, 0
	for _, p := range passage.Cut(md, nil) {
		switch {
		case len(p.Headings) == 0:
		case p.Headings[0] == "func Short":
			short++
		default:
			pieces++
			lines := strings.Split(p.Text, "\n")
			if last := lines[len(lines)-2]; !strings.HasPrefix(last, "\ty") && last != "}" && last != "\tx := call(a, b)" || lines[1] == "" {
				t.Errorf("a piece is not cut at a blank line:\n%s", p.Text)
			}
		}
	}
	if short != 1 || pieces < 3 {
		t.Errorf("%d passages of a function that fits, %d of one that does not", short, pieces)
	}
}

func TestWhatIsBetterNotRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"pkg/a.go": "", "vendor/x/a.go": "vendored", "web/node_modules/x.js": "vendored", "third_party/a.c": "vendored", "dist/a.js": "built", "a.min.js": "minified",
		"api/v1/x.pb.go": "generated", "x_pb2.py": "generated", "zz_generated.deepcopy.go": "generated", "Form.Designer.cs": "generated", "lib/distance.py": "", "vendor.go": "", "src/generator.py": "", "lib/jquery-3.6.0.js": "vendored", "target/debug/build/a.rs": "built"} {
		if got := code.LeftOut(name); got != want {
			t.Errorf("%s is left out as %q, want %q", name, got, want)
		}
	}
	key := "-----BEGIN RSA PRIVATE " + "KEY-----\n" + strings.Repeat("MIIEowIBAAKCAQEA0Z3V", 8)
	for src, want := range map[string]string{
		"package a\n": "", "// Code generated by x. DO NOT EDIT.\n\npackage a\n": "generated", "/* A Bison parser, made by GNU Bison 3.8. */\n": "generated", "// <auto-generated />\n": "generated",
		"# This file was automatically generated by SWIG. Do not edit.\n": "generated", "// The report is generated by the nightly job.\n": "", "// Package gen writes \"Code generated\" headers.\n": "",
		"k = '''" + key + "'''\n": "private key", `k = "` + strings.ReplaceAll(key, "\n", `\n`) + `"`: "private key", `k = "` + strings.ReplaceAll(key, "\n", "\\n\" +\n  \"") + `"`: "private key",
		"if strings.HasPrefix(s, \"-----BEGIN RSA PRIVATE " + "KEY-----\") {\n": "", "t = 'ghp_" + strings.Repeat("a1B2", 9) + "'\n": "access token", "t = 'ghp_short'\n": "", "t = 'glpat-" + strings.Repeat("a1B2", 5) + "'": "access token", "t = 'sk_live_" + strings.Repeat("a1B2", 6) + "'": "access token",
		strings.Repeat("var a=1;", 400): "minified",
	} {
		if got := code.Refuse(src); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%.60q is refused as %q, want %q", src, got, want)
		}
	}
}

// TestHostileCodeIsCutInOnePass counts what sections hold of texts that nest and
// open without an end: a reader that looks back would not come to its end.
func TestHostileCodeIsCutInOnePass(t *testing.T) {
	t.Parallel()
	const n = 1 << 14
	for _, name := range []string{"a.go", "a.py", "a.ts", "a.java", "a.kt", "a.c", "a.cpp", "a.cs", "a.rs", "a.rb", "a.php", "a.swift", "a.scala", "a.lua", "a.sh", "a.sql", "a.nix", "a.hs", "a.ex", "a.zig", "a.proto", "a.dart", "a.groovy", "a.tf", "a.graphql"} {
		for _, s := range []string{"(", "{", "}", "{\n", "class A {\n", "class A\n", "def a\n", "@", "@a(\n", "\"", "'", "`", "\"${", "#{", "r#\"", "R\"x(", "$a$", "$a", "[=[", "<<A ", "<<~A\n", "/*", "{-", "=/[", "%w(", "~s(", "#if\n", "#if {\n#else\n", "#define A\n", "a;\n", "a;{}\n", "A(\n)\n", "x = {\n", "<a", "template <", "namespace a {\n", "begin create trigger;", "\\", "?\"", "//\n", "\t", "\r", "é", "\x00"} {
			src := strings.Repeat(s, n/len(s))
			at := 0
			for _, x := range code.Sections(name, src) {
				at += x.End - x.Start
			}
			if at != len(src) {
				t.Errorf("%s of %q: %d of %d bytes", name, s, at, len(src))
			}
		}
	}
}

func FuzzSections(f *testing.F) {
	names := []string{"a.go", "a.py", "a.tsx", "a.java", "a.kt", "a.c", "a.cpp", "a.cs", "a.rs", "a.rb", "a.php", "a.swift", "a.scala", "a.lua", "a.sh", "a.sql", "a.nix", "a.hs", "a.ex", "a.zig", "a.proto", "a.dart", "a.groovy", "a.tf", "a.graphql"}
	for i, seed := range []string{"package a\n\n// # B\n// ```\nfunc (s *S) Put() {\n}\n", "@a\nclass A:\n  '''x'''\n  def b(self): pass\n", "export default { a() { return `x${1}` } }\n", "/** <pre> */ @A class B { int c() { } }", "fun <T> a() = \"${b}\"\n",
		"#if A\nvoid f() {\n#else\nvoid g() {\n#endif\n}\n", "template <class T> struct A { T operator()(int); };", "namespace A { class B { int C { get; } = $\"{d}\"; } }", "impl<'a> A for B<'a> { fn c() -> char { '\\'' } }",
		"module A\n  def b = <<~X\n  c\n  X\nend\n", "<?php class A { function b() { ?>x<?php } }", "extension A { init() {} }", "object A:\n  def b = 1\n", "function a.b() return [[x]] end", "a() { cat <<X\n}\nX\n}\n", "create trigger a begin select 1; end;", "{ a = ''${b}''; }",
		"f :: Int\nf = 1 -- {\n", "defmodule A do\n  @doc ~S\"\"\"\n  x\n  \"\"\"\n  def b, do: ?\"\nend\n", "const A = struct { fn b() void {} };", "message A { oneof b { int32 c = 1; } }"} {
		f.Add(byte(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, kind byte, src []byte) {
		src = bytes.ToValidUTF8(src, nil)
		whole(t, names[int(kind)%len(names)], string(src))
	})
}
