package engine

import (
	"regexp"
	"strings"
	"unicode"

	unicodenorm "golang.org/x/text/unicode/norm"

	"panther/pkg/knowledge"
)

// unfit says why an agent's text is nothing to remember, or "": it was never
// learned, says nothing, or must not be kept. What a person writes is theirs to
// judge.
func unfit(m knowledge.Memory) string {
	if m.Provenance.Origin == "user" {
		return ""
	}
	all := content(&m)
	kind := secret(all)
	switch {
	case kind != "":
		return "text holds what looks like " + kind + "; keep secrets where they belong, and remember where that is"
	case instruction.MatchString(m.Text) || template.MatchString(all):
		return "text is what an agent was told to be or to do, which is no experience"
	case strings.ContainsFunc(all, hidden):
		return "text has characters that cannot be seen"
	case filler(m.Text):
		return "text says nothing"
	case m.Kind == knowledge.MemoryFact && oneWord(m.Text):
		return "text is one word, and no fact"
	}
	return ""
}

// instruction recognizes a system prompt, which agents that are told to remember
// write down first of all.
var instruction = regexp.MustCompile(`(?i)^\s*(?:#+\s*)?(?:(?:system|developer)(?:\s+(?:prompt|message))?\s*:|(?:you are|you're|act as|your role is)\s+(?:\w+[\s,-]+){0,8}?(?:assistant|agent|chatbot|language model|ai)\b)`)

// template recognizes the marks of chat templates, and the words by which one
// text takes the place of another's instructions.
var template = regexp.MustCompile(`(?i)<\|[a-z_ ]+\|>|\[/?INST\]|<</?SYS>>|\b(?:ignore|disregard|forget)\s+(?:all\s+)?(?:of\s+)?(?:the\s+|your\s+|any\s+)?(?:previous|prior|above|earlier|preceding)\s+(?:instructions|prompts?|messages|rules|context)\b`)

// hidden are characters that a reader of a list of memories would not see and a
// model reads: controls, overrides of direction (UAX #9), tags and what else has
// no width. Joiners are a part of some scripts and emoji.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\r' || r == '\u200c' || r == '\u200d':
		return false
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
}

var fillers = map[string]bool{"": true, "ok": true, "okay": true, "null": true, "none": true, "nil": true, "undefined": true, "nan": true, "n/a": true, "na": true, "yes": true,
	"no": true, "true": true, "false": true, "done": true, "test": true, "todo": true, "tbd": true, "unknown": true, "nothing": true, "noted": true, "understood": true, "sure": true,
	"thanks": true, "thank": true, "you": true, "got": true, "it": true, "empty": true, "success": true, "error": true, "string": true, "object": true, "to": true, "remember": true}

// filler reports whether a text has only words that say nothing.
func filler(s string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`.,;:!?"'()[]{}<>-_*`+"`", r) }) {
		if !fillers[w] {
			return false
		}
	}
	return true
}

// oneWord reports whether a text is a single word of a script that parts words by
// blanks.
func oneWord(s string) bool {
	return len(strings.Fields(s)) == 1 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsLetter(r) && !unicode.In(r, unicode.Latin, unicode.Cyrillic, unicode.Greek)
	})
}

// secrets are formats of keys and tokens, as those who issue them document them,
// so that scanners find them, and what every scanner looks for besides. Libraries
// with more rules (gitleaks, trufflehog, veles) bring dependencies by the
// hundred, and most of their rules are for services that no memory mentions.
var secrets = []struct {
	kind string
	re   *regexp.Regexp
}{
	// RFC 7468 and OpenSSH's PROTOCOL.key; age-encryption.org/v1.
	{"a private key", regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\bAGE-SECRET-KEY-1[0-9A-Z]{20,}`)},
	// docs.github.com: about authentication; docs.gitlab.com: token prefixes.
	{"a token of a code host", regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{22,}|\bgl(?:pat|dt|rt|cbt|ptt|ft|oas|soat|imt|agent)-[A-Za-z0-9_.-]{20,}`)},
	// docs.aws.amazon.com: unique identifiers of IAM.
	{"an access key of AWS", regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`)},
	// cloud.google.com: API keys and OAuth access tokens.
	{"a key of Google", regexp.MustCompile(`\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}`)},
	// Keys of OpenAI (sk-proj-), Anthropic (sk-ant-), OpenRouter and others; huggingface.co: hf_.
	{"a key of a model provider", regexp.MustCompile(`\bsk-(?:[a-z0-9]+-)*[A-Za-z0-9_-]{20,}|\bhf_[A-Za-z0-9]{30,}|\bgsk_[A-Za-z0-9]{40,}`)},
	// api.slack.com: token types; docs.stripe.com: keys; docs of Telegram, SendGrid, Discord's webhooks.
	{"a token of a service", regexp.MustCompile(`\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}|\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9+/=]{16,}|\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|hooks\.slack\.com/services/T\w+/B\w+/\w+|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}`)},
	// docs.npmjs.com, pypi.org, docs.docker.com, docs.digitalocean.com, tailscale.com/kb, developer.1password.com, developer.hashicorp.com.
	{"a token of a registry or host", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}|\bpypi-[A-Za-z0-9_-]{40,}|\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|\bdo[opr]_v1_[a-f0-9]{40,}|\btskey-[a-z]+-[A-Za-z0-9-]{10,}|\bops_eyJ[A-Za-z0-9_-]{40,}|\bhv[sbr]\.[A-Za-z0-9_-]{24,}`)},
	// RFC 7519, as it begins with {"; RFC 6750.
	{"a token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}|(?i:\bauthorization:\s*(?:bearer|basic)\s+[A-Za-z0-9+/=_.~-]{12,})`)},
	// RFC 3986, section 3.2.1.
	{"an address with a password", regexp.MustCompile(`\b[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]+:[^\s/:@]{3,}@[^\s/]`)},
}

// assigned finds the value of what calls itself a secret.
var assigned = regexp.MustCompile("(?i)\\b(?:pass(?:word|wd|phrase|code)|pwd|secret|(?:api|access|secret|private|auth)[ _-]?(?:key|token)|token|credential)s?[\"'`]?\\s*(?:is|was|=>?|:=?)\\s*[\"'`]?([^\\s\"'`]{8,})")

// secret names the kind of secret that a text holds, or returns "".
func secret(s string) string {
	for _, f := range secrets {
		if f.re.MatchString(s) {
			return f.kind
		}
	}
	for _, m := range assigned.FindAllStringSubmatch(s, -1) {
		v := m[1]
		if strings.Contains(v, "://") || strings.HasPrefix(v, "/") || strings.HasPrefix(v, "$") || strings.HasPrefix(v, "<") { // where it is, and not what
			continue
		}
		if strings.ContainsFunc(v, unicode.IsLetter) && strings.ContainsFunc(v, unicode.IsDigit) {
			return "a password or key"
		}
	}
	return ""
}

// plain is a text without what is spelling and not meaning: in lower case, with
// single blanks, without quotation marks, dashes between words, and what ends
// sentences. A sign, a flag and a hyphen within a word stay.
func plain(s string) string {
	runes := []rune(strings.ToLower(unicodenorm.NFKC.String(s)))
	var b strings.Builder
	for i, r := range runes {
		next := ' '
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		last := ' '
		if i > 0 {
			last = runes[i-1]
		}
		switch {
		case strings.ContainsRune("\"'`´‘’‚‛“”„‟«»‹›「」『』", r):
		case strings.ContainsRune("–—―", r) && !(unicode.IsDigit(last) && unicode.IsDigit(next)):
			b.WriteByte(' ')
		case unicode.Is(unicode.Pd, r) || r == '−':
			if unicode.IsSpace(next) {
				b.WriteByte(' ')
			} else {
				b.WriteByte('-')
			}
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimRight(strings.Join(strings.Fields(b.String()), " "), ".!?")
}
