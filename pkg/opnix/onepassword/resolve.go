package onepassword

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"panther/pkg/opnix/vault"
)

// API is what is used of the SDK. Errors are *vault.Error where everything is
// concerned, and ErrNotFound where only what was asked for is.
type API interface {
	// Resolve answers references in the SDK's own syntax, in one call.
	Resolve(ctx context.Context, refs []string) (map[string]Resolved, error)
	Vaults(ctx context.Context) ([]vault.Section, error)
	Items(ctx context.Context, vaultID string) ([]vault.Section, error)
	Item(ctx context.Context, vaultID, id string) (vault.Item, error)
	File(ctx context.Context, vaultID, itemID string, f vault.File) ([]byte, error)
}

// Resolved is the answer to one reference: a value, or why there is none.
type Resolved struct {
	Value  []byte
	Kind   vault.Kind // "" with a value
	Detail string
}

// ErrNotFound means that there is no such vault or item, or none that the token
// may see.
var ErrNotFound = errors.New("not found")

// resolver answers the requests of one question.
type resolver struct {
	api    API
	answer vault.Answer
	calls  int
	vaults []vault.Section
	items  map[string][]vault.Section // by vault ID
}

func (r *resolver) run(ctx context.Context, reqs []vault.Request) error {
	var bulk, rest []vault.Request
	for _, q := range reqs {
		if !q.File && q.Ref.Plain() {
			bulk = append(bulk, q)
		} else {
			rest = append(rest, q)
		}
	}
	if err := r.bulk(ctx, bulk); err != nil {
		return err
	}
	return r.byID(ctx, rest)
}

func (r *resolver) bulk(ctx context.Context, reqs []vault.Request) error {
	if len(reqs) == 0 {
		return nil
	}
	refs := make([]string, len(reqs))
	for i, q := range reqs {
		refs[i] = q.Ref.String()
	}
	r.calls++
	got, err := r.api.Resolve(ctx, refs)
	if err != nil {
		return err
	}
	for _, q := range reqs {
		v, ok := got[q.Ref.String()]
		switch {
		case !ok:
			r.answer.Fail(q, vault.Unavailable, "1Password gave no answer for it")
		case v.Kind != "":
			r.answer.Fail(q, v.Kind, "%s", v.Detail)
		default:
			r.answer.Put(q, vault.NewValue(v.Value))
		}
	}
	return nil
}

// byID resolves what the SDK's references cannot express: names with other
// characters, and files.
func (r *resolver) byID(ctx context.Context, reqs []vault.Request) error {
	byItem := map[[2]string][]vault.Request{}
	for _, q := range reqs {
		k := [2]string{q.Ref.Vault, q.Ref.Item}
		byItem[k] = append(byItem[k], q)
	}
	keys := slices.SortedFunc(maps.Keys(byItem), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		if err := r.item(ctx, k[0], k[1], byItem[k]); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolver) item(ctx context.Context, vaultName, itemName string, reqs []vault.Request) error {
	vaultID, itemID, f, err := r.locate(ctx, vaultName, itemName)
	if err == nil && f == nil {
		r.calls++
		var it vault.Item
		if it, err = r.api.Item(ctx, vaultID, itemID); err == nil {
			return r.values(ctx, vaultID, it, reqs)
		}
	}
	if errors.Is(err, ErrNotFound) {
		f, err = &vault.Failure{Kind: vault.Missing, Detail: fmt.Sprintf("no item %q in vault %q", itemName, vaultName)}, nil
	}
	if err != nil {
		return err
	}
	for _, q := range reqs {
		r.answer.Fail(q, f.Kind, "%s", f.Detail)
	}
	return nil
}

// locate finds the IDs of an item; each listing is made once.
func (r *resolver) locate(ctx context.Context, vaultName, itemName string) (vaultID, itemID string, f *vault.Failure, err error) {
	if r.vaults == nil {
		r.calls++
		if r.vaults, err = r.api.Vaults(ctx); err != nil {
			return "", "", nil, err
		}
	}
	v, f := vault.Pick("vault", vaultName, r.vaults)
	if f != nil {
		return "", "", f, nil
	}
	all, ok := r.items[v.ID]
	if !ok {
		r.calls++
		if all, err = r.api.Items(ctx, v.ID); err != nil {
			return "", "", nil, err
		}
		if r.items == nil {
			r.items = map[string][]vault.Section{}
		}
		r.items[v.ID] = all
	}
	it, f := vault.Pick("item", itemName, all)
	return v.ID, it.ID, f, nil
}

func (r *resolver) values(ctx context.Context, vaultID string, it vault.Item, reqs []vault.Request) error {
	for _, q := range reqs {
		v, f, err := r.value(ctx, vaultID, it, q)
		switch {
		case errors.Is(err, ErrNotFound):
			r.answer.Fail(q, vault.Missing, "no file %q", q.Ref.Field)
		case err != nil:
			return err
		case f != nil:
			r.answer.Fail(q, f.Kind, "%s", f.Detail)
		default:
			r.answer.Put(q, v)
		}
	}
	return nil
}

func (r *resolver) value(ctx context.Context, vaultID string, it vault.Item, q vault.Request) (vault.Value, *vault.Failure, error) {
	if !q.File {
		v, f := it.PickField(q.Ref)
		return v, f, nil
	}
	file, f := it.PickFile(q.Ref)
	if f != nil {
		return vault.Value{}, f, nil
	}
	r.calls++
	b, err := r.api.File(ctx, vaultID, it.ID, file)
	return vault.NewValue(b), nil, err
}
