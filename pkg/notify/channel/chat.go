package channel

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"panther/pkg/notify"
)

// Ntfy sends to a topic of an ntfy server: https://docs.ntfy.sh/publish/#publish-as-json.
// Messages with one sequence id are one.
type Ntfy struct {
	Client *http.Client
	URL    string // of the topic: https://ntfy.sh/TOPIC
	Token  string // an access token, NAME:PASSWORD, or "" for a topic that is open
}

// SplitTopic returns the server and the topic of an ntfy address.
func SplitTopic(s string) (server, topic string, ok bool) {
	u, err := url.Parse(s)
	if err != nil {
		return "", "", false
	}
	i := strings.LastIndexByte(strings.TrimRight(u.Path, "/"), '/')
	if i < 0 {
		return "", "", false
	}
	topic = strings.Trim(u.Path[i:], "/")
	u.Path, u.RawPath = u.Path[:i+1], ""
	return u.String(), topic, topic != ""
}

// Send publishes a message.
func (n *Ntfy) Send(ctx context.Context, m Message) error {
	server, topic, ok := SplitTopic(n.URL)
	if !ok {
		return failed(Refused, "write it like https://ntfy.sh/TOPIC", "the address names no topic")
	}
	h := http.Header{}
	switch {
	case strings.Contains(n.Token, ":"):
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(n.Token)))
	case n.Token != "":
		h.Set("Authorization", "Bearer "+n.Token)
	}
	text := m.Event.Text
	if text == "" {
		text = m.Event.Title // an empty message becomes "triggered"
	}
	return postJSON(ctx, n.Client, server, map[string]any{"topic": topic, "title": m.Event.Title, "message": text, "click": m.Event.Link,
		"priority": pick(m.Event, 3, 4, 5), "sequence_id": shortID(m.ID)}, h)
}

// Gotify sends to an application of a Gotify server: https://gotify.net/docs/pushmsg.
type Gotify struct {
	Client *http.Client
	URL    string // of the server
	Token  string // of the application
}

// Send creates a message.
func (g *Gotify) Send(ctx context.Context, m Message) error {
	extras := map[string]any{"client::display": map[string]string{"contentType": "text/plain"}}
	if m.Event.Link != "" {
		extras["client::notification"] = map[string]any{"click": map[string]string{"url": m.Event.Link}}
	}
	return postJSON(ctx, g.Client, strings.TrimRight(g.URL, "/")+"/message", map[string]any{"title": m.Event.Title, "message": orTitle(m.Event),
		"priority": pick(m.Event, 4, 6, 9), "extras": extras}, http.Header{"X-Gotify-Key": {g.Token}})
}

// TelegramURL is where bots speak to Telegram.
const TelegramURL = "https://api.telegram.org"

// Telegram sends to a chat as a bot: https://core.telegram.org/bots/api#sendmessage.
type Telegram struct {
	Client *http.Client
	URL    string // TelegramURL, or that of a server of one's own
	Token  string // of the bot
	Chat   string // its number, or @NAME of a channel
}

// Send sends a message, without a parse mode: it is text.
func (t *Telegram) Send(ctx context.Context, m Message) error {
	text := m.Event.Title
	if body := m.Event.Body(); body != "" {
		text += "\n" + body
	}
	err := postJSON(ctx, t.Client, t.URL+"/bot"+url.PathEscape(t.Token)+"/sendMessage", map[string]any{"chat_id": t.Chat, "text": text,
		"disable_notification": m.Event.Severity == notify.Info, "link_preview_options": map[string]bool{"is_disabled": true}}, nil)
	if err == nil {
		return nil
	}
	e := ErrorOf(err)
	var answer struct {
		Parameters struct {
			RetryAfter int64 `json:"retry_after"`
		} `json:"parameters"`
	}
	if json.Unmarshal(e.answer, &answer) == nil && answer.Parameters.RetryAfter > 0 { // Telegram sends no Retry-After
		e.After = min(time.Duration(min(answer.Parameters.RetryAfter, 1<<31))*time.Second, maxAfter)
	}
	if e.Verdict == Refused || e.Verdict == Rejected && strings.Contains(e.Error(), "chat not found") {
		e.Verdict, e.Hint = Refused, "the bot's token or the chat is wrong: the chat has to have written to the bot once; then try: panther notify test"
	}
	return e
}

// Webhook posts the event as JSON, signed as https://www.standardwebhooks.com has it.
type Webhook struct {
	Client *http.Client
	URL    string
	Sign   func(id string, t time.Time, body []byte) (string, error) // nil for a receiver that checks nothing
}

// Send posts a message.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	now := time.Now()
	body, err := json.Marshal(map[string]any{"type": "panther." + m.Event.Kind, "timestamp": now.UTC().Format(time.RFC3339), "data": m.Event})
	if err != nil {
		return failed(Rejected, "", "encode message: %w", err)
	}
	h := http.Header{"Webhook-Id": {m.ID}, "Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}}
	if w.Sign != nil {
		signature, err := w.Sign(m.ID, now, body)
		if err != nil {
			return failed(Refused, "", "sign message: %w", errors.New("the key cannot be used"))
		}
		h.Set("Webhook-Signature", signature)
	}
	return post(ctx, w.Client, w.URL, body, h)
}

func orTitle(e notify.Event) string {
	if b := e.Body(); b != "" {
		return b
	}
	return e.Title
}

func pick[T any](e notify.Event, info, warning, critical T) T {
	switch e.Severity {
	case notify.Critical:
		return critical
	case notify.Warning:
		return warning
	}
	return info
}

// shortID is an id in the letters and the length that every receiver takes.
func shortID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}
