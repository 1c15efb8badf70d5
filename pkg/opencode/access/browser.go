package access

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
)

const (
	loginPath  = "/login" // where a one-time link points to
	loginsPath = "/panther/logins"
	sharePath  = "/panther/v1/share" // of the page's manifest
)

// serveLogin lets a browser in by a one-time link and shows it the page.
func (g *Gate) serveLogin(w http.ResponseWriter, q *http.Request, p peer) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if q.Method == http.MethodHead || q.Header.Get("Sec-Purpose") != "" || q.Header.Get("Purpose") != "" {
		return forbidden("a preview lets nobody in; the link stays good")
	}
	if _, funnel := q.Header["Tailscale-Funnel-Request"]; funnel {
		return forbidden("requests from the internet are not answered")
	}
	secret, l, err := g.logins.use(q.URL.Query().Get("token"), oneLine(q.UserAgent(), 200), func(l *login) bool { return g.fits(l, p) })
	if errors.Is(err, errLink) {
		return &refusal{status: http.StatusForbidden, reason: err.Error(), text: errLink.Error() + ": get another one by panther open"}
	}
	if err != nil {
		return &refusal{status: http.StatusServiceUnavailable, reason: err.Error(), text: "the login cannot be stored now"}
	}
	http.SetCookie(w, &http.Cookie{Name: g.logins.file.Cookie, Value: secret, Path: "/", Expires: l.Expires, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: q.TLS != nil || q.Header.Get("X-Forwarded-Proto") == "https"})
	g.log.Info("browser let in", "login_id", l.ID, "owner", string(l.Owner), "peer", p.source())
	h.Set("Location", "/")
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// fits reports whether a browser at p may have a link or a login: the account
// that asked for it, or another machine where that was asked for. A cookie that
// another account of this machine got hold of (browsers send it to every port)
// opens nothing.
func (g *Gate) fits(l *login, p peer) bool {
	if l.Remote {
		return !p.here && g.mayStill(l.Owner)
	}
	return p.known && p.id() == l.Owner && g.mayStill(l.Owner)
}

// mayStill reports whether the owner of a login is still one who may ask.
func (g *Gate) mayStill(id identity.Identity) bool {
	if uid, ok := id.Account(); ok && g.accounts.may(uid) {
		return true
	}
	for _, name := range g.cfg.Tailscale {
		if g.as(identity.Login(name)) == id {
			return true
		}
	}
	return false
}

// cookie returns the login of a request.
func (g *Gate) cookie(q *http.Request, p peer) (*login, error) {
	for _, c := range q.CookiesNamed(g.logins.file.Cookie) {
		l := g.logins.find(c.Value)
		if l == nil {
			continue
		}
		if !g.fits(l, p) {
			return nil, errors.New("the login is another's, or of one who may not ask any more")
		}
		if q.Method != http.MethodGet && q.Method != http.MethodHead && !g.provesPage(q) && !shares(q) {
			return nil, forbidden("a change by a login must come from the page itself")
		}
		return l, nil
	}
	switch {
	case isForwarded(q.Header):
		return nil, errors.New("the request was passed on, and no login or password came along")
	case p.known:
		return nil, errors.New("the account may not ask, and no login or password came along")
	}
	return nil, errors.New("nobody is known to be there, and no login or password came along")
}

// provesPage reports whether a browser says that the own page, or an allowed
// one, sent a request.
func (g *Gate) provesPage(q *http.Request) bool {
	if o := q.Header.Get("Origin"); o != "" {
		return g.ownOrigin(q, o)
	}
	return q.Header.Get("Sec-Fetch-Site") == "same-origin"
}

// shares reports whether a browser brings what its person shared with the page,
// which changes nothing. No page can send a request like that.
func shares(q *http.Request) bool {
	return q.Method == http.MethodPost && q.URL.Path == sharePath && q.Header.Get("Sec-Fetch-Site") == "none" && q.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// Routes serves what callers ask about logins: their own, and all for root.
func (g *Gate) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST "+loginsPath, func(w http.ResponseWriter, q *http.Request) {
		var in api.CreateLink
		if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, 4096)).Decode(&in); err != nil {
			answerError(w, http.StatusBadRequest, api.NameBadRequest, "the body is no JSON object")
			return
		}
		secret, expires, err := g.logins.link(identity.Of(q.Context()), in.Remote)
		if err != nil {
			answerError(w, http.StatusServiceUnavailable, api.NameUnavailable, "the link cannot be stored now: "+err.Error())
			return
		}
		answer(w, http.StatusOK, api.Link{Path: loginPath + "?token=" + url.QueryEscape(secret), Expires: expires})
	})
	mux.HandleFunc("GET "+loginsPath, func(w http.ResponseWriter, q *http.Request) {
		answer(w, http.StatusOK, g.Logins(identity.Of(q.Context())))
	})
	mux.HandleFunc("DELETE "+loginsPath+"/{id}", func(w http.ResponseWriter, q *http.Request) {
		var e *api.Error
		switch err := g.Revoke(identity.Of(q.Context()), q.PathValue("id")); {
		case errors.As(err, &e):
			answer(w, e.Status, e.NamedError)
		default:
			answer(w, http.StatusOK, true)
		}
	})
}

// Logins returns the browsers that were let in for id; root's has all.
func (g *Gate) Logins(id identity.Identity) []api.Login {
	out := []api.Login{}
	for _, l := range g.logins.list(mine(id)) {
		out = append(out, api.Login{ID: l.ID, Owner: string(l.Owner), Remote: l.Remote, Browser: l.Agent, Created: l.Created, Expires: l.Expires})
	}
	return out
}

// Revoke ends a login of id's, or for root anybody's. What fails is an
// *api.Error.
func (g *Gate) Revoke(id identity.Identity, login string) error {
	switch ok, err := g.logins.revoke(login, mine(id)); {
	case err != nil:
		return api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "the revocation cannot be stored now: %s", err)
	case !ok:
		return api.Refuse(http.StatusNotFound, api.NameNotFound, "there is no such login")
	}
	g.log.Info("login revoked", "login_id", login, "owner", string(id))
	return nil
}

// Operator reports whether somebody is root, the service's account, or an account
// in the group that may ask: who may change what is everybody's.
func (g *Gate) Operator(id identity.Identity) bool {
	uid, ok := id.Account()
	return ok && g.accounts.may(uid)
}

// mine reports which logins somebody may see.
func mine(id identity.Identity) func(*login) bool {
	uid, ok := id.Account()
	return func(l *login) bool { return l.Owner == id || ok && uid == 0 }
}

func answerError(w http.ResponseWriter, status int, name, text string) {
	answer(w, status, api.NewError(name, "%s", text))
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller went away
}
