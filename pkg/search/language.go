package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/language"
)

// functionWords are the commonest words of languages in Latin letters that say
// nothing of what a text is about: by them a language is known, and in its
// documents they are no terms.
var functionWords = map[string]map[string]bool{
	"en": set("the of and to in is that for it with as are was be by this on from or an not have has but can you which will if they when their there been more its than other would"),
	"de": set("der die das den dem des ein eine einen einem einer eines und oder ist sind war waren wird werden wurde wurden nicht mit von vom zu zum zur auf für bei im in an am aus nach auch sich als wie was wer wo warum wenn dass daß es er sie wir ihr ich man nur noch kann können muss müssen hat haben über unter durch um so aber wieder bis ins beim dieser diese dieses kein keine welche welcher welches"),
	"nl": set("de het een en van in is dat op te zijn met voor niet aan er ook als bij door om maar naar uit dan wordt worden werd kan kunnen moet heeft hebben deze dit die hij zij ze we wij je jij u hun hoe wat wie waar waarom wanneer of nog geen over tot onder na al zich welke"),
	"sv": set("och att det som en ett är av för på med den till i inte har de om var han hon vi du jag man kan ska skall vid från eller efter men så hur vad vem vilken vilket vilka när där varför detta denna dessa dem sin sitt sina också alla under över blir bli blev utan än mot hade vara"),
	"da": set("og at det som en et er af for på med den til i ikke har de om var han hun vi du jeg man kan skal ved fra eller efter men så hvordan hvad hvem hvilken hvilket hvilke når hvor hvorfor dette denne disse dem sin sit sine også alle under over bliver blive blev uden end mod havde være efter nogle meget"),
	"no": set("og at det som en et ei er av for på med den til i ikke har de om var han hun vi du jeg man kan skal ved fra eller etter men så hvordan hva hvem hvilken hvilket hvilke når hvor hvorfor dette denne disse dem sin sitt sine også alle under over blir bli ble uten enn mot hadde være noen mye ikkje eit frå eg"),
	"fi": set("ja on ei se että hän oli olla ovat mutta kun niin kuin joka jotka mikä mitä miten missä miksi kuka myös tai sekä voi voidaan tämä tämän nämä ne sen sitä siitä niiden hänen olen oli olivat ole eivät vain jos joten vaikka kanssa jälkeen ennen mukaan sekä siinä"),
	"fr": set("le la les un une des du de et est dans que qui pour pas sur au aux avec ce cette ces par plus ne se il elle ils elles nous vous je on son sa ses leur leurs mais ou où comme sont être été était ont avoir fait si tout tous comment quand pourquoi quel quelle quels quelles quoi sans sous entre vers après avant aussi peut doit"),
	"es": set("el la los las un una unos unas de del y en que es por con no para se su sus al lo como más pero o este esta estos estas ese esa son fue ser ha han hay está están sobre entre cuando donde dónde cómo qué quién cuál cuándo también muy sin hasta desde si ya porque me le les nos puede debe"),
	"pt": set("o a os as um uma uns umas de do da dos das e em no na nos nas que é por com não para se seu sua seus suas ao à como mais mas ou este esta isso isto são foi ser tem têm há está estão sobre entre quando onde qual quem também muito sem até desde já porque me lhe pelo pela pelos pelas num numa você ele ela pode deve"),
	"it": set("il lo la i gli le un uno una di del della dei degli delle dello da dal dalla in nel nella nei e è che per con non si su sul sulla al alla ai come più ma o questo questa questi queste sono era essere ha hanno anche quando dove cosa chi quale quali perché tra fra se ci suo sua suoi loro senza dopo prima può deve viene"),
	"ro": set("și în de la cu pe din nu este sunt un o care pentru ce se că mai a al ale ai lui ei fi fost era au are prin sau dar cum când unde cine după fără până între această acest aceasta acestea acesta său sa lor fiecare poate trebuie"),
	"ca": set("el la els les un una uns unes de del dels i en que és per amb no es se al als com més però o aquest aquesta aquests són ha han hi ser també quan on què qui seva seu sobre entre sense fins des pot"),
	"hu": set("a az és hogy nem egy van volt is de ha csak meg már még mint ez ezt azt aki ami amely vagy lesz lehet kell el ki fel be le minden sem ezek azok után alatt között szerint való vannak voltak hogyan mit mi ki mikor hol miért nagyon pedig"),
	"tr": set("ve bir bu da de için ile olarak çok daha gibi en ne o ama ancak kadar sonra her var yok değil olan oldu olur ki veya mi mı mu mü şu nasıl neden nerede hangi kim önce göre bütün tüm ise hem"),
	"pl": set("i w nie na się z do to jest że o jak a po co tak ale za od przez czy dla ich jego jej są był była było być może oraz lub gdy gdzie kiedy dlaczego który która które których przy pod nad już tylko także ze ten ta te tego tym"),
	"cs": set("a v se na je že o s z do i to k ve pro za by po od jako ale jsou byl byla bylo být nebo který která které při podle také jak kdy kde proč až pod nad mezi než ten tato tento jeho její jejich si už jen není"),
	"sk": set("a v sa na je že o s z do i to k vo pre za by po od ako ale sú bol bola bolo byť alebo ktorý ktorá ktoré pri podľa tiež aj kedy kde prečo až pod nad medzi než ten táto tento jeho jej ich si už len nie"),
	"hr": set("i u je se na da su za od s o kao koji koja koje ne što ili ali bio bila bilo biti iz do po te ako kako gdje kada zašto može samo već nakon prije između njegov njihov ovaj ova ovo sve jer"),
	"sl": set("in v je se na da so za od z s kot ki pa ne ali bil bila bilo biti iz do po če kako kje kdaj zakaj lahko samo že ali tudi med pred pri njegov njihov ta to vse ker bi"),
	"et": set("ja on ei see et ta oli olla kui ka mis kes või aga nii oma siis need selle seda mille kuidas kus miks millal veel ainult juba pärast enne koos ning tema nende ole võib saab"),
	"lt": set("ir yra kad į su iš kaip bet tai ar apie po už per jis ji jie buvo būti gali nuo iki arba taip pat kur kada kodėl kas kuris kuri kurie savo jo jų dėl prie labai tik jau"),
	"lv": set("un ir ka ar no uz par kā bet tas tā vai pēc pie līdz viņš viņa bija būt var arī kur kad kāpēc kas kurš kura kuri savu to tie tiek ļoti tikai jau nav"),
	"ga": set("an na agus ar is tá bhí go le do i sa ag mar nach ní sé sí siad a ach nó ó faoi chun bhfuil bheith seo sin gur air aige conas cad"),
	"is": set("og að í á er sem það ekki til við var hann hún fyrir um með af en þetta þessi hafa hefur eru voru eða frá þar hvernig hvað hver hvar eftir um sé"),
	"id": set("yang dan di ini itu dengan untuk dari pada tidak dalam adalah ke akan juga oleh atau ada mereka saya anda kami kita bisa dapat telah sudah karena seperti bagaimana apa siapa kapan mengapa saat lebih hanya tersebut"),
	"vi": set("và của là có không được trong cho một những các với này đã để khi người như từ về tại vào ra cũng đến nhiều thì sẽ bị làm nào gì thế nếu hoặc bạn"),
}

// onlyIn are letters that few languages write: how often one speaks for them is
// as good as a word.
var onlyIn = map[rune]string{
	'ß': "de", 'ä': "de sv fi et sk", 'ö': "de sv fi hu tr et is", 'ü': "de tr hu et", 'å': "sv da no", 'ø': "da no", 'æ': "da no is", 'ñ': "es", 'ã': "pt", 'õ': "pt et", 'ç': "fr pt tr ca",
	'ê': "fr pt vi", 'è': "fr it ca", 'ğ': "tr", 'ş': "tr", 'ı': "tr", 'ő': "hu", 'ű': "hu", 'ș': "ro", 'ț': "ro", 'ă': "ro vi", 'ł': "pl", 'ż': "pl", 'ą': "pl lt", 'ę': "pl lt",
	'ś': "pl", 'ř': "cs", 'ě': "cs", 'ů': "cs", 'ľ': "sk", 'ĺ': "sk", 'ŕ': "sk", 'ô': "fr pt sk vi", 'đ': "hr vi", 'ć': "pl hr", 'č': "cs sk hr sl lt lv", 'ž': "cs sk hr sl lt lv", 'š': "cs sk hr sl lt lv",
	'ė': "lt", 'ų': "lt", 'į': "lt", 'ļ': "lv", 'ņ': "lv", 'ķ': "lv", 'ģ': "lv", 'ā': "lv", 'ē': "lv", 'ī': "lv", 'ð': "is", 'þ': "is", 'ý': "cs sk is", 'ư': "vi", 'ơ': "vi", 'ạ': "vi", 'ế': "vi", 'ộ': "vi",
}

// How much of a text Detect looks at, and what it asks for.
const (
	detectBytes = 8 << 10
	heard       = 4    // how often a word counts
	leastProof  = 1.5  // words that speak for a language, each as much as few languages have it
	lead        = 1.02 // of the proof before that for the next language
	fewest      = 3    // different words of more than a letter
	leastShare  = .12  // of all words that are of the language, letters counting too
)

// ofWords and ofLetters are the languages of a function word and of a letter.
var ofWords, ofLetters = func() (words map[string][]string, letters map[rune][]string) {
	words, letters = map[string][]string{}, map[rune][]string{}
	for tag, list := range functionWords {
		for w := range list {
			words[w] = append(words[w], tag)
		}
	}
	for r, tags := range onlyIn {
		letters[r] = strings.Fields(tags)
	}
	return words, letters
}()

// related are languages of which one is as good as the other where it is not clear
// which.
var related = map[string]string{"da": "no", "no": "da", "cs": "sk", "sk": "cs"}

// Detect returns the tag of the language of a text in Markdown, or "" if that is
// not clear: a few words may be of many languages. Code is not looked at.
func Detect(markdown string) string {
	text := prose(markdown[:min(len(markdown), detectBytes)])
	if tag := ofScript(text); tag != latin {
		return tag
	}
	proof, own, distinct, all := map[string]float64{}, map[string]float64{}, map[string]int{}, 0.0
	said := map[string]int{}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		all++
		tags := ofWords[w]
		said[w]++
		for _, tag := range tags {
			own[tag]++
			if said[w] == 1 && len(w) > 1 {
				distinct[tag]++
			}
			if said[w] <= heard {
				proof[tag] += 1 / float64(len(tags))
			}
		}
		for _, r := range w {
			for _, tag := range ofLetters[r] {
				proof[tag] += .5 / float64(len(ofLetters[r]))
				own[tag] += .5
			}
		}
	}
	best, next := "", ""
	for tag, p := range proof {
		switch {
		case best == "" || p > proof[best] || p == proof[best] && tag < best:
			best, next = tag, best
		case next == "" || p > proof[next]:
			next = tag
		}
	}
	if proof[best] < leastProof || proof[best] < lead*proof[next] && related[best] != next || distinct[best] < fewest || own[best] < leastShare*all {
		return ""
	}
	return best
}

// prose leaves out fenced code, code in lines and the addresses of links.
func prose(markdown string) string {
	var b strings.Builder
	fenced := false
	for line := range strings.Lines(markdown) {
		if t := strings.TrimSpace(line); strings.HasPrefix(t, "```") || strings.HasPrefix(t, "~~~") {
			fenced = !fenced
			continue
		}
		if fenced {
			continue
		}
		for i, part := range strings.Split(line, "`") {
			if i%2 == 0 {
				for w := range strings.FieldsSeq(part) {
					if w, _, _ = strings.Cut(w, "]("); !strings.Contains(w, "://") {
						b.WriteString(w + " ")
					}
				}
			}
		}
	}
	return b.String()
}

// latin stands for the languages in Latin letters.
const latin = "latin"

// scripts are those that tell a language, or some of which one is the commonest.
var scripts = []struct {
	tag   string
	table *unicode.RangeTable
}{
	{latin, unicode.Latin}, {"ru", unicode.Cyrillic}, {"el", unicode.Greek}, {"ar", unicode.Arabic}, {"he", unicode.Hebrew}, {"hi", unicode.Devanagari},
	{"zh", unicode.Han}, {"ja", unicode.Hiragana}, {"ja", unicode.Katakana}, {"ko", unicode.Hangul}, {"th", unicode.Thai}, {"lo", unicode.Lao}, {"km", unicode.Khmer},
	{"my", unicode.Myanmar}, {"bn", unicode.Bengali}, {"ta", unicode.Tamil}, {"te", unicode.Telugu}, {"kn", unicode.Kannada}, {"ml", unicode.Malayalam},
	{"gu", unicode.Gujarati}, {"pa", unicode.Gurmukhi}, {"ka", unicode.Georgian}, {"hy", unicode.Armenian}, {"am", unicode.Ethiopic},
}

// wordsOf tell languages of one script apart: words or letters that the
// commonest does not have.
var wordsOf = map[string][]struct{ tag, words, letters string }{
	"ru": {{"uk", "та що не це як для від або є", "іїєґ"}, {"be", "і гэта што як для ад", "ўі"}, {"bg", "на да се от за че са това ще не е", "ъ"},
		{"mk", "на да се од за во е што", "ѓќѕјљњџ"}, {"sr", "је у да се на за од су", "ђћљњџј"}, {"kk", "және бұл", "әғқңөұүһі"}, {"mn", "нь байна", "өү"}},
	"ar": {{"fa", "و در به از که این را با است برای", "پچژگیک"}, {"ur", "کے کی میں ہے اور سے کا کو نے", "ٹڈڑےںھہگچپک"}},
	"hi": {{"mr", "आहे आणि या हे ते च्या आहेत होते म्हणून", "ळ"}, {"ne", "छ र को मा हो यो छन्", ""}},
}

// minorShare is from which share of letters on one language of a script is
// believed, and Latin words in a text of another script are still only its terms.
const minorShare = .04

// ofScript tells the language by the script of most letters.
func ofScript(text string) string {
	counts := map[string]int{}
	letters := 0
	for _, r := range text {
		if r < 0x80 && (r|0x20 < 'a' || r|0x20 > 'z') || !unicode.IsLetter(r) {
			continue
		}
		letters++
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[s.tag]++
				break
			}
		}
	}
	best := latin
	for tag, n := range counts {
		if tag != latin && 3*n > counts[latin] && (best == latin || n > counts[best]) { // names and code are in Latin everywhere
			best = tag
		}
	}
	if letters == 0 {
		return ""
	}
	if best == "zh" && float64(counts["ja"]) > minorShare*float64(letters) {
		return "ja"
	}
	return relative(best, text, counts[best])
}

// relative returns the language for which the words of a text of one script
// speak, the commonest of the script where none does.
func relative(tag, text string, letters int) string {
	best, most := tag, minorShare*float64(letters)
	for _, other := range wordsOf[tag] {
		n := 0.0
		for w := range strings.FieldsSeq(strings.ToLower(text)) {
			w = strings.TrimFunc(w, unicode.IsPunct)
			if strings.Contains(" "+other.words+" ", " "+w+" ") {
				n++
			}
			for _, r := range w {
				if strings.ContainsRune(other.letters, r) {
					n++
				}
			}
		}
		if n > most {
			best, most = other.tag, n
		}
	}
	return best
}

// IsLanguage reports whether a tag names a language.
func IsLanguage(tag string) bool { return base(tag) != "" }

// base returns the language of a tag as people and pages write it, without
// region and script: de of de-AT, no of nb_NO; "" if it is none.
func base(tag string) string {
	b, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(strings.ReplaceAll(tag, "_", "-"))), "-")
	if b == "nb" || b == "nn" {
		return "no"
	}
	if _, err := language.ParseBase(b); err != nil {
		return ""
	}
	return b
}
