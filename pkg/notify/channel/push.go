package channel

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"panther/pkg/notify"
)

// pushTime is for how long a push service keeps a message for a browser that is
// away.
const pushTime = 3 * 24 * time.Hour

// Push sends to browsers: Web Push (RFC 8030), encrypted for the browser alone
// (RFC 8291) and signed with this machine's key (RFC 8292).
type Push struct {
	Client  *http.Client // HTTPClient(…, true): a browser names the endpoint
	Contact string       // mailto: or https address of the owner, for the push service
	Keys    PushKeys
	// Find returns the keys of a subscription; ok is false if it is no more.
	Find func(ctx context.Context, endpoint string) (keys webpush.Keys, ok bool, err error)
}

// PushKeys is the key pair by which a push service knows this machine (VAPID).
type PushKeys struct {
	Public  string `json:"public"` // what the page subscribes with
	Private string `json:"private"`
}

// NewPushKeys makes a key pair.
func NewPushKeys() (PushKeys, error) {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		return PushKeys{}, fmt.Errorf("make key of Web Push: %w", err)
	}
	return PushKeys{Public: public, Private: private}, nil
}

// maxPush is how much a message may hold: 4,096 bytes without salt, key and tag,
// and the byte that ends the text.
const maxPush = 4096 - 16 - 21 - 65 - 1 - 16

// pushBody is the event as JSON, as much of its text as there is room for.
func pushBody(e notify.Event) ([]byte, error) {
	for {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
		if b.Len() <= maxPush || e.Text == "" {
			return bytes.TrimSpace(b.Bytes()), nil
		}
		e.Text = strings.ToValidUTF8(e.Text[:len(e.Text)*3/4], "")
	}
}

// Send sends a message to the browser that Message.Recipient names. What it reads
// is the event as JSON, whose id it shows once.
func (p *Push) Send(ctx context.Context, m Message) error {
	keys, ok, err := p.Find(ctx, m.Recipient)
	if err != nil {
		return failed(Again, "", "find subscription: %w", err)
	}
	if !ok {
		return failed(Gone, "", "the browser has unsubscribed")
	}
	body, err := pushBody(m.Event)
	if err != nil {
		return failed(Rejected, "", "encode message: %w", err)
	}
	res, err := webpush.SendNotificationWithContext(ctx, body, &webpush.Subscription{Endpoint: m.Recipient, Keys: keys}, &webpush.Options{
		HTTPClient: p.Client, Subscriber: p.Contact, VAPIDPublicKey: p.Keys.Public, VAPIDPrivateKey: p.Keys.Private, TTL: int(pushTime.Seconds()),
		Topic: shortID(m.ID), Urgency: pick(m.Event, webpush.UrgencyLow, webpush.UrgencyNormal, webpush.UrgencyHigh)})
	if errors.Is(err, webpush.ErrMaxPadExceeded) {
		return failed(Rejected, "", "encrypt message: %w", err)
	}
	err = judge(res, err)
	if err == nil {
		return nil
	}
	e := ErrorOf(err)
	if res != nil && (res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone) {
		e.Verdict, e.Hint = Gone, "" // RFC 8030, 7.3
	}
	return e
}
