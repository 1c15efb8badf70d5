package search

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Die Datei wird nach dem Start nicht gelesen, wenn sie leer ist.":       "de",
		"Het bestand wordt niet gelezen als het leeg is.":                       "nl",
		"Filen läses inte in om den är tom, och det syns i loggen.":             "sv",
		"Tiedosto luetaan vain, jos se ei ole tyhjä, ja tämä näkyy lokissa.":    "fi",
		"Le fichier est lu au démarrage, sauf si les droits ne suffisent pas.":  "fr",
		"El archivo se lee al arrancar y los cambios no se pierden.":            "es",
		"O ficheiro é lido ao arrancar, mas as alterações não são perdidas.":    "pt",
		"Il file viene letto quando il servizio parte, e non è cancellato.":     "it",
		"Bu dosya başlangıçta okunur ve boş ise bir uyarı için yazılır.":        "tr",
		"A fájl csak akkor olvasható, ha nem üres, és ez a naplóban is van.":    "hu",
		"The file is read at start, and it is not written to.":                  "en",
		"Файл читается при запуске, если он не пуст.":                           "ru",
		"Файл читається під час запуску, якщо він не є порожнім, та не більше.": "uk",
		"このファイルは起動時に読み込まれます。":                                                   "ja",
		"启动时读取该文件。":                                                             "zh",
		"시작할 때 파일을 읽습니다.":                                                       "ko",
		"يقرأ الملف عند التشغيل":                                                "ar",
		"این پرونده هنگام راه‌اندازی خوانده می‌شود و پاک نمی‌گردد":              "fa",
		"Το αρχείο διαβάζεται κατά την εκκίνηση":                                "el",
		"यह फ़ाइल शुरू में पढ़ी जाती है":                                        "hi",
		"pg_dump -Fc mydb > db.dump":                                            "",
		"Sonne":                                                                 "", "": "", "42 → ©": "",
		"```\nfor the file in that is not on it\n```\nDatei": "",
		"`the file is not on` and `in that of`":              "",
	} {
		if got := Detect(text); got != want {
			t.Errorf("%q is in %q, want %q", text, got, want)
		}
	}
}

// Words of documents in a language, and words of a query that are to find them and
// that are not.
var inflections = []struct{ lang, text, found, not string }{
	{"de", "Die Verbindungen werden geöffnet", "Verbindung verbindung GEÖFFNET geoffnet geöffneten", "Verband"},
	{"nl", "De verbindingen worden geopend", "verbinding Verbindingen", "verband"},
	{"sv", "Anslutningarna öppnas", "anslutning anslutningar öppna", "anstalt"},
	{"da", "Forbindelserne åbnes", "forbindelse forbindelser", "forbud"},
	{"nb-NO", "Tilkoblingene åpnes", "tilkobling tilkoblinger", "tilbud"},
	{"fi", "Yhteydet avataan tietokannoissa", "tietokannoissa yhteydet", "tieto"},
	{"fr", "Les connexions sont ouvertes à l'école", "connexion connexions ouverte école ecole ECOLES", "connaître"},
	{"es", "Las conexiones se cierran automáticamente", "conexiones cierran automaticamente", "conejo"},
	{"pt-BR", "As configurações são lidas", "configuração configuracoes configurações", "figura"},
	{"it", "Le connessioni vengono chiuse", "connessione connessioni chiuso", "cessione"},
	{"ro", "Conexiunile sunt închise", "conexiunile inchise", "conex"},
	{"hu", "A kapcsolatok megnyitása", "kapcsolat kapcsolatok", "kapu"},
	{"tr", "Bağlantılar İstanbul'da açılır", "bağlantı bağlantılar baglantilar istanbul", "bakla"},
	{"ga", "na ceangail a oscailt", "ceangail", "cean"},
	{"ru", "Администратор перестраивает индексы", "индекс индексов ИНДЕКСАМИ администратора", "индеец"},
	{"el", "Οι δείκτες της ΒΆΣΗΣ", "δείκτης ΔΕΙΚΤΗΣ βάση βάσης", "δεινός"},
	{"ar", "يفتح المستخدمون قواعد البيانات", "مستخدم المستخدمين بيانات والبيانات", "بيت"},
	{"fa", "پایگاه‌های داده‌ها باز می‌شوند", "پایگاه داده پايگاهها", "باد"},
	{"he", "המשתמשים פותחים את המסמכים", "משתמש מסמך והמסמך", "שמש"},
	{"hi", "फ़ाइलों को सूचियों में रखें", "फाइल फ़ाइलें सूची", "सूरज"},
	{"ko", "관리자가 데이터베이스를 백업합니다", "관리자 관리자는 데이터베이스", "관광"},
	{"ja", "インデックスを再構築します", "インデックス 再構築 ｲﾝﾃﾞｯｸｽ", "文書"},
	{"zh", "管理员必须重建索引", "索引 重建索引 管", "文件"},
	{"th", "ผู้ดูแลระบบสร้างดัชนีใหม่", "ดัชนี ผู้ดูแล", "แมว"},
	{"km", "បង្កើតលិបិក្រមឡើងវិញ", "លិបិក្រម", "ឆ្មា"},
	{"lo", "ສ້າງດັດຊະນີຄືນໃໝ່", "ດັດຊະນີ", "ແມວ"},
	{"my", "အညွှန်းကို ပြန်ဆောက်ပါ", "အညွှန်း", "ကြောင်"},
	{"vi", "Cơ sở dữ liệu được lập chỉ mục", "dữ du chỉ chi LIỆU", "mèo"},
}

func TestInflections(t *testing.T) {
	t.Parallel()
	langs := slices.Sorted(maps.Keys(stemmers))
	langs = append(langs, "fa", "en", "", "xx", "zh-Hans-CN")
	for _, x := range inflections {
		has := map[string]bool{}
		for _, term := range Index(x.text, x.lang) {
			has[term] = true
		}
		finds := func(w string) bool {
			for _, r := range []Reading{reading(t, Text(w), langs...), reading(t, Verbatim(w), langs...)} {
				if !slices.ContainsFunc(r.Terms, func(term Term) bool { return has[term.Text] }) {
					return false
				}
			}
			return true
		}
		for w := range strings.FieldsSeq(x.found) {
			if !finds(w) {
				t.Errorf("%s: %q does not find %q", x.lang, w, x.text)
			}
		}
		for w := range strings.FieldsSeq(x.not) {
			if finds(w) {
				t.Errorf("%s: %q finds %q", x.lang, w, x.text)
			}
		}
	}
}

// Words that say nothing in a language have no postings in its documents.
func TestSilent(t *testing.T) {
	t.Parallel()
	for _, tc := range [][3]string{
		{"de", "für die Datei", "·für ·für ·die de·datei"}, {"en", "for the file", "·for ·the file"},
		{"", "für die Datei", "für fur die datei"}, {"ru", "и файлы", "·и файлы файл"}, {"no", "og filen", "·og no·fil"},
	} {
		if got := strings.Join(Index(tc[1], tc[0]), " "); got != tc[2] {
			t.Errorf("%s: %q has terms %q, want %q", tc[0], tc[1], got, tc[2])
		}
	}
}

// A phrase has its stop words, in each of its ways.
func TestPhraseWays(t *testing.T) {
	t.Parallel()
	r := reading(t, Parse(`"state of the art"`), "de", "en", "fr-CA", "de-AT")
	if got, want := r.Phrases, []Phrase{{
		{"state", "·of", "·the", "art"}, {"de·stat", "·of", "·the", "de·art"}, {"fr·stat", "·of", "·the", "fr·art"}}}; !slices.EqualFunc(got, want, func(a, b Phrase) bool {
		return slices.EqualFunc(a, b, slices.Equal[[]string])
	}) {
		t.Errorf("got %q", got)
	}
	if r := reading(t, Parse("index not:Verbindungen"), "de"); !slices.Equal(r.Exclude, []string{"verbindungen", "de·verbind", "de·verbindungen"}) {
		t.Errorf("excluded %q", r.Exclude)
	}
}

func TestKin(t *testing.T) {
	t.Parallel()
	r := reading(t, Text("connections connecting PostgreSQL 17 connection"), "de")
	kin, weight := map[string]int{}, map[string]float64{}
	for _, x := range r.Terms {
		kin[x.Text], weight[x.Text] = x.Kin, x.Weight
	}
	if kin["connect"] != kin["de·connecting"] || kin["connect"] != kin["de·connection"] || kin["connect"] == kin["17"] || kin["postgr"] == kin["17"] {
		t.Errorf("kin %v", kin)
	}
	if weight["connect"] != 3 || weight["de·connecting"] != 1 || weight["17"] != 1 {
		t.Errorf("weights %v", weight)
	}
	if got := Words("a", "b", "a"); len(got) != 2 || got[0].Weight != 2 || got[0].Kin == got[1].Kin {
		t.Errorf("words %v", got)
	}
}

// TestCompounds has an index of German compounds: parts find the whole, the whole
// its parts, and nothing else does.
func TestCompounds(t *testing.T) {
	t.Parallel()
	units := map[string]int{}
	for _, text := range []string{"Datenbankverbindungen und Wartungspläne", "die Verbindung zur Datenbank", "Netzwerkkarte", "Bankett", "der Plan der Wartung", "Karten"} {
		for _, term := range Index(text, "de") {
			units[term]++
		}
	}
	vocabulary := func(terms, prefixes []string) (map[string]int, error) {
		out := map[string]int{}
		for term, n := range units {
			if slices.Contains(terms, term) || slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(term, p) }) {
				out[term] = n
			}
		}
		return out, nil
	}
	for query, want := range map[string]string{
		"Datenbank":            "datenbank de·datenbank de·datenbankverbind/",
		"Verbindungen":         "verbindungen de·verbind de·verbindungen de·datenbankverbind/",
		"Datenbankverbindung":  "datenbankverbindung de·datenbankverbind de·datenbankverbindung de·datenbank/ de·verbind/",
		"Wartungsplan":         "wartungsplan de·wartungsplan de·wartung/ de·plan/",
		"Karte":                "kart de·kart de·karte de·netzwerkkart/",
		"Bank":                 "bank de·bank de·datenbank/",
		"Verbindung Datenbank": "verbindung de·verbind de·verbindung datenbank de·datenbank de·datenbankverbind//",
		"Verbindungsdatenbank": "verbindungsdatenbank de·verbindungsdatenbank de·verbind/ de·datenbank/",
	} {
		r, err := Text(query).In([]string{"de", "en"}, vocabulary)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range r.Terms {
			if x.Weight == partWeight {
				x.Text += "/"
			} else if x.Weight != 1 {
				x.Text += "//"
			}
			got = append(got, x.Text)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s is read as %q, want %q", query, s, want)
		}
	}
}

func TestMatcher(t *testing.T) {
	t.Parallel()
	const german = "Die Datenbankverbindungen werden nicht vom Verwalter geschlossen, wenn sie noch offen sind."
	for _, tc := range []struct {
		query, text string
		has, of     int
	}{
		{"offene Datenbankverbindung", german, 2, 2}, {"Datenbank", german, 1, 1}, {"Verbindungen schließen", german, 1, 2}, {"Wetter", german, 0, 1},
		{"closing connections", "The connection is closed by the pool.", 2, 2}, {"connections", german, 0, 1}, {"the of", german, 0, 0},
	} {
		if has, of := Text(tc.query).Matcher("", tc.text)(tc.text); has != tc.has || of != tc.of {
			t.Errorf("%q has %d of %d words in %q", tc.query, has, of, tc.text)
		}
	}
}
