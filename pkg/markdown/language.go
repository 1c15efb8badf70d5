package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// codeLanguage finds the language of a code block: on the element itself, its code child, or the wrappers around it,
// as long as they hold only this block.
func codeLanguage(pre *html.Node) string {
	if lang := languageOf(pre); lang != "" {
		return normalLanguage(lang)
	}
	if code := find(pre, func(n *html.Node) bool { return isElement(n, atom.Code) }); code != nil {
		if lang := languageOf(code); lang != "" {
			return normalLanguage(lang)
		}
	}
	n := pre
	for range 6 {
		n = n.Parent
		if n == nil || isElement(n, atom.Li, atom.Td, atom.Dd, atom.Article, atom.Main, atom.Body, atom.Section, atom.Blockquote) && !hasClass(n, "code") {
			break
		}
		if lang := wrapperLanguage(n); lang != "" {
			blocks := 0 // more than three are looked for no further: there may be very many
			find(n, func(c *html.Node) bool {
				if c.Data == codeTag || isElement(c, atom.Pre) && !hasClass(c, "lineno", "linenos") {
					blocks++
				}
				return blocks > 3
			})
			if blocks > 3 {
				break
			}
			return normalLanguage(lang)
		}
	}
	return ""
}

var languageAttrs = []string{"data-lang", "data-language", "data-code-lang", "data-code-language", "data-enlighter-language", "data-prism-language"}

// languageOf reads the language from the attributes of a pre or code element.
func languageOf(n *html.Node) string {
	for _, key := range languageAttrs {
		if v := attr(n, key); v != "" {
			return v
		}
	}
	if lang := classLanguage(attr(n, "class")); lang != "" {
		return lang
	}
	if hasClass(n, "mermaid") && isElement(n, atom.Pre) {
		return "mermaid"
	}
	known := hasClass(n, "hljs", "sourceCode", "prettyprint", "highlight", "code", "shiki", "chroma", "src", "rust", "programlisting", "literal-block", "syntaxhighlighter", "brush:", "source") ||
		bareLanguage[attr(n, "class")] // as Pandoc writes those it has no highlighter for, and TypeDoc all
	if !known {
		return ""
	}
	for _, token := range strings.Fields(attr(n, "class")) {
		if bareLanguage[token] {
			return token
		}
	}
	return ""
}

// wrapperLanguage reads the language from an element around a pre.
func wrapperLanguage(n *html.Node) string {
	for _, key := range languageAttrs {
		if v := attr(n, key); v != "" {
			return v
		}
	}
	class := attr(n, "class")
	if lang := classLanguage(class); lang != "" {
		return lang
	}
	if hasClass(n, "highlight", "sourceCode", "codehilite", "code-block", "sourceCode") {
		for _, token := range strings.Fields(class) {
			if bareLanguage[token] {
				return token
			}
		}
	}
	return ""
}

// classLanguage reads the conventions in which one class token, or the token after it, names the language.
func classLanguage(class string) string {
	if class == "" {
		return ""
	}
	fields := strings.Fields(class)
	for _, prefix := range []string{"language-", "lang-", "highlight-source-", "highlight-text-", "brush-", "src-", "syntax-", "highlight-"} {
		for _, token := range fields {
			lang, ok := strings.CutPrefix(token, prefix)
			if !ok || lang == "" {
				continue
			}
			if prefix == "highlight-" && notLanguage[lang] || prefix == "src-" && !bareLanguage[lang] || prefix == "syntax-" && !bareLanguage[lang] {
				continue
			}
			return lang
		}
	}
	for i, token := range fields {
		if token == "brush:" && i+1 < len(fields) {
			return strings.TrimRight(fields[i+1], ";")
		}
		if lang, ok := strings.CutPrefix(token, "brush:"); ok && lang != "" {
			lang, _, _ = strings.Cut(lang, ";")
			return lang
		}
	}
	return ""
}

var notLanguage = set("wrapper line lines container copy header toolbar body inner code block")

// normalLanguage gives the name used after a fence; "" for the names of no language.
func normalLanguage(lang string) string {
	lang = strings.ToLower(strings.Trim(strings.TrimSpace(lang), "{}.:;,"))
	lang, _, _ = strings.Cut(lang, " ")
	lang, _, _ = strings.Cut(lang, "{")
	lang, _, _ = strings.Cut(lang, ":")
	lang, _, _ = strings.Cut(lang, ",") // what Rust's documentation writes behind the language
	switch lang {
	case "text", "plaintext", "plain", "none", "undefined", "null", "txt", "default", "no-highlight", "nohighlight", "fallback", "unknown", "auto", "code", "literal", "notranslate":
		return ""
	case "ipython3", "ipython", "python3", "py3":
		return "python"
	case "pycon3":
		return "pycon"
	}
	for _, r := range lang {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("+-#_./*", r)) {
			return ""
		}
	}
	if len(lang) > 30 {
		return ""
	}
	return lang
}

// bareLanguage holds names that count as a language where a class token stands without prefix.
var bareLanguage = set(`bash sh shell zsh fish console shell-session powershell bat cmd c cpp c++ csharp cs java kotlin scala groovy go rust swift
	objectivec python py pycon ruby rb php perl lua r julia haskell ocaml elixir erlang clojure lisp scheme elisp emacs-lisp javascript js jsx typescript
	ts tsx json json5 jsonc yaml yml toml ini xml html css scss sass less sql plsql pgsql graphql dockerfile docker makefile make cmake nginx apache diff
	patch http markdown md tex latex vim nix hcl terraform protobuf proto dart zig nim fortran ada pascal matlab octave asm nasm awk sed vue svelte astro
	properties mermaid rst asciidoc dot puppet text plaintext`)
