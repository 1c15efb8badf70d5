package onepassword

import (
	"context"
	"errors"
	"strings"

	onepassword "github.com/1password/onepassword-sdk-go"

	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

// Dial signs in to 1Password with a service account's token. It is slow and
// large.
func Dial(ctx context.Context, token string) (API, error) {
	c, err := onepassword.NewClient(ctx, onepassword.WithServiceAccountToken(token),
		onepassword.WithIntegrationInfo("opnix of Panther", version()))
	if err != nil {
		return nil, classify(err)
	}
	return sdk{c}, nil
}

// version returns a version as the SDK wants it: at most 20 characters.
func version() string {
	v := sd.BuildVersion()
	return v[:min(len(v), 20)]
}

// sdk is the API on the real SDK.
type sdk struct{ c *onepassword.Client }

// signs are texts of the SDK's errors, which have no types but for the limit,
// and what they mean. At sign-in everything is an "authentication error", also a
// limit and a server that is away, and so those words mean nothing.
var signs = []struct {
	text string
	kind vault.Kind
}{
	{"rate limit", vault.RateLimited}, {"too many requests", vault.RateLimited},
	{"invalid service account token", vault.Denied}, {"bad service account token", vault.Denied}, {"please rotate it", vault.Denied},
	{"you are not authenticated", vault.Denied}, {"cannot reauthorize", vault.Denied},
	{"account couldn't be found", vault.Denied},
}

// classify keeps the kind and the first line of an SDK error.
func classify(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return vault.Errorf(vault.Unavailable, "no answer in time")
	}
	line := vault.FirstLine(err.Error())
	var limit *onepassword.RateLimitExceededError
	if errors.As(err, &limit) {
		return vault.Errorf(vault.RateLimited, "%s", line)
	}
	text := strings.ToLower(err.Error())
	if strings.Contains(text, "resource not found") || strings.Contains(text, "right permissions") {
		return ErrNotFound
	}
	for _, s := range signs {
		if strings.Contains(text, s.text) {
			return vault.Errorf(s.kind, "%s", line)
		}
	}
	return vault.Errorf(vault.Unavailable, "%s", line)
}

// refusals translate the SDK's answers about single references.
var refusals = map[onepassword.ResolveReferenceErrorTypes]struct {
	kind   vault.Kind
	detail string
}{
	onepassword.ResolveReferenceErrorTypeVariantVaultNotFound:            {vault.Missing, "no such vault, or none that the token may read"},
	onepassword.ResolveReferenceErrorTypeVariantItemNotFound:             {vault.Missing, "no such item"},
	onepassword.ResolveReferenceErrorTypeVariantFieldNotFound:            {vault.Missing, "no such field"},
	onepassword.ResolveReferenceErrorTypeVariantNoMatchingSections:       {vault.Missing, "no such section"},
	onepassword.ResolveReferenceErrorTypeVariantTooManyVaults:            {vault.Ambiguous, "more than one vault of that name, use its ID"},
	onepassword.ResolveReferenceErrorTypeVariantTooManyItems:             {vault.Ambiguous, "more than one item of that name, use its ID"},
	onepassword.ResolveReferenceErrorTypeVariantTooManyMatchingFields:    {vault.Ambiguous, "more than one field of that name, name its section"},
	onepassword.ResolveReferenceErrorTypeVariantUnsupportedFileFormat:    {vault.Invalid, `a file that is no text; set "kind": "file"`},
	onepassword.ResolveReferenceErrorTypeVariantParsing:                  {vault.Invalid, "1Password cannot read the reference"},
	onepassword.ResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode: {vault.Invalid, "no one-time code can be made"},
}

func (s sdk) Resolve(ctx context.Context, refs []string) (map[string]Resolved, error) {
	resp, err := s.c.Secrets().ResolveAll(ctx, refs)
	if err != nil {
		return nil, all(classify(err))
	}
	out := make(map[string]Resolved, len(refs))
	for ref, one := range resp.IndividualResponses {
		switch {
		case one.Content != nil:
			out[ref] = Resolved{Value: []byte(one.Content.Secret)}
		case one.Error != nil:
			r, ok := refusals[one.Error.Type]
			if !ok {
				r.kind, r.detail = vault.Invalid, "1Password answers "+string(one.Error.Type)
			}
			out[ref] = Resolved{Kind: r.kind, Detail: r.detail}
		}
	}
	return out, nil
}

// all makes an error about everything of one about nothing in particular.
func all(err error) error {
	if errors.Is(err, ErrNotFound) {
		return vault.Errorf(vault.Denied, "the token may not read what was asked for")
	}
	return err
}

func (s sdk) Vaults(ctx context.Context) ([]vault.Section, error) {
	vs, err := s.c.Vaults().List(ctx)
	if err != nil {
		return nil, all(classify(err))
	}
	out := make([]vault.Section, 0, len(vs))
	for _, v := range vs {
		out = append(out, vault.Section{ID: v.ID, Label: v.Title})
	}
	return out, nil
}

func (s sdk) Items(ctx context.Context, vaultID string) ([]vault.Section, error) {
	is, err := s.c.Items().List(ctx, vaultID)
	if err != nil {
		return nil, classify(err)
	}
	out := make([]vault.Section, 0, len(is))
	for _, i := range is {
		out = append(out, vault.Section{ID: i.ID, Label: i.Title})
	}
	return out, nil
}

func (s sdk) Item(ctx context.Context, vaultID, id string) (vault.Item, error) {
	i, err := s.c.Items().Get(ctx, vaultID, id)
	if err != nil {
		return vault.Item{}, classify(err)
	}
	return itemOf(i), nil
}

func itemOf(i onepassword.Item) vault.Item {
	out := vault.Item{ID: i.ID, Title: i.Title}
	for _, x := range i.Sections {
		out.Sections = append(out.Sections, vault.Section{ID: x.ID, Label: x.Title})
	}
	for _, x := range i.Fields {
		f := vault.Field{ID: x.ID, Label: x.Title, Type: string(x.FieldType), Value: vault.NewValue([]byte(x.Value))}
		if x.SectionID != nil {
			f.SectionID = *x.SectionID
		}
		if x.Details != nil {
			if otp := x.Details.OTP(); otp != nil && otp.Code != nil {
				f.OTP = vault.NewValue([]byte(*otp.Code))
			}
		}
		out.Fields = append(out.Fields, f)
	}
	if i.Notes != "" {
		out.Fields = append(out.Fields, vault.Field{ID: "notesPlain", Label: "notesPlain", Type: "Text", Value: vault.NewValue([]byte(i.Notes))})
	}
	if d := i.Document; d != nil {
		out.Files = append(out.Files, vault.File{ID: d.ID, Name: d.Name, Size: int64(d.Size)})
	}
	for _, x := range i.Files {
		out.Files = append(out.Files, vault.File{ID: x.Attributes.ID, Name: x.Attributes.Name, SectionID: x.SectionID, Size: int64(x.Attributes.Size)})
	}
	return out
}

func (s sdk) File(ctx context.Context, vaultID, itemID string, f vault.File) ([]byte, error) {
	b, err := s.c.Items().Files().Read(ctx, vaultID, itemID, onepassword.FileAttributes{ID: f.ID, Name: f.Name, Size: uint32(f.Size)})
	if err != nil {
		return nil, classify(err)
	}
	return b, nil
}
