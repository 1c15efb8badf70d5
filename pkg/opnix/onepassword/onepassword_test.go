package onepassword

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	onepassword "github.com/1password/onepassword-sdk-go"

	"panther/pkg/opnix/vault"
	"panther/pkg/opnix/vault/vaulttest"
)

const testToken = "ops_test-token"

func backend(dial func(context.Context, string) (API, error)) Backend {
	return Backend{Token: vault.NewValue([]byte(testToken)), Dial: dial}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, backend(func(ctx context.Context, token string) (API, error) {
		if token != testToken || ctx.Err() != nil {
			return nil, vault.Errorf(vault.Denied, "invalid service account token")
		}
		return newFakeAPI(vaulttest.Entries()), nil
	}), vaulttest.Options{})
}

func TestOnlyTheFirstLineOfAnErrorGoesOn(t *testing.T) {
	t.Parallel()
	b := backend(func(context.Context, string) (API, error) {
		return nil, vault.Errorf(vault.Denied, "bad service account token\nwasm stack trace %s", vaulttest.Canary)
	})
	ans, err := b.Resolve(context.Background(), []vault.Request{vaulttest.Ask("op://V/I/F", false)})
	if vault.KindOf(err) != vault.Denied || err.Error() != "1Password: bad service account token" || ans.Requests != 1 {
		t.Errorf("%q, %d requests", err, ans.Requests)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]vault.Kind{
		"error initializing client: authentication error: \n: rate limit exceeded":                                                                vault.RateLimited,
		"error initializing client: invalid service account token, please make sure you provide one":                                              vault.Denied,
		"authentication error: you are not authenticated":                                                                                         vault.Denied,
		"bad service account token, please rotate it: x":                                                                                          vault.Denied,
		"error initializing client: authentication error: unexpected status code in response: 503 Service Unavailable":                            vault.Unavailable,
		"error initializing client: authentication error: bad service account token, please rotate it: invalid user auth parameters within token": vault.Denied,
		"unexpected status code in response: 429 Too Many Requests":                                                                               vault.RateLimited,
		"dial tcp: lookup my.1password.com on 10.0.2.3:53: read udp 10.0.2.15:54291->10.0.2.3:53: i/o timeout":                                    vault.Unavailable,
		"request timeout":                  vault.Unavailable,
		"error sending request: dns error": vault.Unavailable,
	} {
		err := classify(errors.New(text))
		if vault.KindOf(err) != want || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %s, %q", text, vault.KindOf(err), err)
		}
	}
	if !errors.Is(classify(errors.New("resource not found")), ErrNotFound) {
		t.Error("what is not found is no such thing")
	}
}

// fakeAPI answers as the SDK does.
type fakeAPI struct {
	items map[string][]vault.Item // by vault
	files map[string][]byte
}

func newFakeAPI(entries []vaulttest.Entry) *fakeAPI {
	f := &fakeAPI{items: map[string][]vault.Item{}, files: map[string][]byte{}}
	for _, e := range entries {
		id := fmt.Sprintf("id-%s-%d", e.Item, e.Copy)
		its := f.items[e.Vault]
		i := 0
		for i < len(its) && its[i].ID != id {
			i++
		}
		if i == len(its) {
			its = append(its, vault.Item{ID: id, Title: e.Item})
		}
		it := &its[i]
		section := ""
		if e.Section != "" {
			section = "section-" + e.Section
			it.Sections = append(it.Sections, vault.Section{ID: section, Label: e.Section})
		}
		if e.File {
			it.Files = append(it.Files, vault.File{ID: "file-" + e.Field, Name: e.Field, SectionID: section})
			f.files[id+"file-"+e.Field] = e.Content
		} else {
			it.Fields = append(it.Fields, vault.Field{ID: "field-" + e.Section + e.Field, Label: e.Field, SectionID: section, Value: vault.NewValue(e.Content)})
		}
		f.items[e.Vault] = its
	}
	return f
}

func (f *fakeAPI) Resolve(ctx context.Context, refs []string) (map[string]Resolved, error) {
	out := map[string]Resolved{}
	for _, s := range refs {
		ref, err := vault.ParseReference(s)
		if err != nil || !ref.Plain() {
			return nil, vault.Errorf(vault.Invalid, "the SDK cannot read %s", s)
		}
		r := &resolver{api: f}
		if err := r.byID(ctx, []vault.Request{{Ref: ref}}); err != nil {
			return nil, err
		}
		for _, v := range r.answer.Values {
			out[s] = Resolved{Value: v.Bytes()}
		}
		for _, x := range r.answer.Failures {
			out[s] = Resolved{Kind: x.Kind, Detail: x.Detail}
		}
	}
	return out, nil
}

func (f *fakeAPI) Vaults(context.Context) ([]vault.Section, error) {
	var out []vault.Section
	for v := range f.items {
		out = append(out, vault.Section{ID: v, Label: v})
	}
	return out, nil
}

func (f *fakeAPI) Items(_ context.Context, v string) ([]vault.Section, error) {
	var out []vault.Section
	for _, it := range f.items[v] {
		out = append(out, vault.Section{ID: it.ID, Label: it.Title})
	}
	return out, nil
}

func (f *fakeAPI) Item(_ context.Context, v, id string) (vault.Item, error) {
	for _, it := range f.items[v] {
		if it.ID == id {
			return it, nil
		}
	}
	return vault.Item{}, ErrNotFound
}

func (f *fakeAPI) File(_ context.Context, _, item string, x vault.File) ([]byte, error) {
	b, ok := f.files[item+x.ID]
	if !ok {
		return nil, ErrNotFound
	}
	return b, nil
}

func TestOneBulkCall(t *testing.T) {
	t.Parallel()
	r := &resolver{api: newFakeAPI(vaulttest.Entries())}
	reqs := []vault.Request{vaulttest.Ask("op://Homelab/Database/password", false), vaulttest.Ask("op://Homelab/Database/text", false),
		vaulttest.Ask("op://My Vault/GitHub/token", false)}
	if err := r.run(context.Background(), reqs); err != nil || r.calls != 1 {
		t.Errorf("%d calls, %v", r.calls, err)
	}
}

func TestItemOfReadsAnItemOfTheSDK(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join("testdata", "item.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc onepassword.Item
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	it := itemOf(doc)
	for ref, want := range map[string]string{"password": "pw", "Prod/host": "db", "code?attribute=otp": "123456", "notesPlain": "notes"} {
		v, f := it.PickField(vaulttest.Ask("op://V/I/"+ref, false).Ref)
		if f != nil || string(v.Bytes()) != want {
			t.Errorf("%s: %q, %v", ref, v.Bytes(), f)
		}
	}
	if f, fail := it.PickFile(vaulttest.Ask("op://V/I/cert.pem", true).Ref); fail != nil || f.ID != "file1" {
		t.Errorf("%v, %v", f, fail)
	}
}
