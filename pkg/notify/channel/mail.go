package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/textproto"
	"strconv"

	"github.com/wneessen/go-mail"

	"panther/pkg/notify"
)

// Mail sends e-mail by a submission server.
type Mail struct {
	Server   string // HOST:PORT
	Implicit bool   // TLS from the first byte, as port 465 has it; STARTTLS otherwise
	Plain    bool   // also without TLS, where the server has none
	User     string // "" for a server that asks for none
	Password string
	From     string
	To       []string
	Roots    *x509.CertPool // nil for the system's
}

// Send submits a message. Its Message-ID is made of the message's id.
func (s *Mail) Send(ctx context.Context, m Message) error {
	msg, err := s.message(m)
	if err != nil {
		return failed(Refused, "see from and to of the target", "write e-mail: %w", err)
	}
	c, err := s.client()
	if err != nil {
		return failed(Refused, "see server of the target", "reach the server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*sendTime)
	defer cancel()
	if err := c.DialWithContext(ctx); err != nil {
		return judgeMail(err, true)
	}
	defer c.Close()
	if err := c.Send(msg); err != nil {
		return judgeMail(err, false)
	}
	return nil
}

func (s *Mail) message(m Message) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.FromFormat("Panther", s.From); err != nil {
		return nil, err
	}
	if err := msg.To(s.To...); err != nil {
		return nil, err
	}
	msg.Subject(m.Event.Title)
	msg.SetDate()
	msg.SetMessageIDWithValue(shortID(m.ID) + "@panther.invalid")
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	if m.Event.Severity == notify.Critical {
		msg.SetImportance(mail.ImportanceHigh)
	}
	msg.SetBodyString(mail.TypeTextPlain, orTitle(m.Event)+"\n")
	return msg, nil
}

func (s *Mail) client() (*mail.Client, error) {
	host, port, err := net.SplitHostPort(s.Server)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(sendTime), mail.WithTLSConfig(&tls.Config{ServerName: host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}),
		mail.WithoutNoop()}
	switch {
	case s.Implicit:
		options = append(options, mail.WithSSL())
	case s.Plain:
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	return mail.NewClient(host, options...)
}

// judgeMail judges a reply of the server: 4xx is for now and 5xx for good
// (RFC 5321, 4.2.1), before a message was named for every message.
func judgeMail(err error, dialing bool) *Error {
	e := failed(Again, "", "send e-mail: %w", err)
	code := 0
	var reply *textproto.Error
	if errors.As(err, &reply) {
		code = reply.Code
	}
	var sending *mail.SendError
	ok := errors.As(err, &sending)
	if ok && code == 0 {
		code = sending.ErrorCode()
	}
	switch {
	case code == 530 || code == 534 || code == 535 || code == 538:
		e.Verdict, e.Hint = Refused, "user or password is wrong: renew them in 1Password, then try: panther notify test"
	case code >= 500 && (dialing || ok && (sending.Reason == mail.ErrSMTPMailFrom || sending.Reason == mail.ErrSMTPRcptTo)):
		e.Verdict, e.Hint = Refused, "the server refuses the sender or the recipient: see from and to of the target, then try: panther notify test"
	case code >= 500:
		e.Verdict = Rejected
	case errors.Is(err, mail.ErrNoSupportedAuthDiscovered):
		e.Verdict, e.Hint = Refused, "the server offers no way to log in that Panther knows: see server and tls of the target"
	}
	if untrusted(err) {
		e.Hint = untrustedHint
	}
	return e
}
