package onepassword

import (
	"context"
	"errors"
	"fmt"

	"panther/pkg/opnix/vault"
)

// Backend asks in this process, whose memory grows by 160 MB.
type Backend struct {
	Token vault.Value
	// Dial signs in; nil means to 1Password.
	Dial func(ctx context.Context, token string) (API, error)
}

// Resolve signs in and asks for everything.
func (b Backend) Resolve(ctx context.Context, reqs []vault.Request) (vault.Answer, error) {
	dial := b.Dial
	if dial == nil {
		dial = Dial
	}
	api, err := dial(ctx, string(b.Token.Bytes()))
	if err != nil {
		return vault.Answer{Requests: 1}, named(ctx, err)
	}
	r := &resolver{api: api}
	err = r.run(ctx, reqs)
	r.answer.Requests = r.calls + 1 // and the sign-in
	if err != nil {
		return vault.Answer{Requests: r.answer.Requests}, named(ctx, err)
	}
	return r.answer, nil
}

// named says in an error who refused, and keeps its first line.
func named(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return &vault.Error{Kind: vault.KindOf(err), Err: fmt.Errorf("1Password: %s", vault.FirstLine(err.Error()))}
}
