package engine

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"panther/pkg/agentdb/postgres"
	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/sqlite"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// pages are one about backups, one about the weather and one about users, in
// several languages; each is followed by questions that the first of them answers.
var pages = []struct{ lang, backup, weather, users, questions string }{
	{"en", "Backups of the database are written every night. Old copies are removed after a week.",
		"Tomorrow there will be rain in the north.", "Users log in with a password.",
		"database backup|how long are copies kept for a week|removing an old copy|nightly backups"},
	{"de", "Die Datenbanksicherungen werden jede Nacht geschrieben. Alte Kopien werden nach einer Woche gelöscht.",
		"Morgen wird es im Norden nicht regnen, und die Sonne scheint.", "Die Benutzer melden sich mit einem Kennwort an.",
		"Datenbanksicherung|Datenbank|Sicherung|alte Kopie gelöscht|Kopien geloscht|Sicherungen der Datenbank|Wann werden die Kopien gelöscht?"},
	{"nl", "De databaseback-ups worden elke nacht geschreven en de reservekopieën worden na een week verwijderd.",
		"Morgen gaat het in het noorden niet regenen.", "De gebruikers melden zich aan met een wachtwoord.",
		"reservekopieën|reservekopieen|elke nachten|databaseback"},
	{"sv", "Databaskopiorna skrivs varje natt och de gamla säkerhetskopiorna tas bort efter en vecka.",
		"I morgon blir det inte regn i norr.", "Användarna loggar in med ett lösenord och det är allt.",
		"säkerhetskopia|sakerhetskopior|databas|kopiorna"},
	{"fi", "Tietokannan varmuuskopiot kirjoitetaan joka yö, ja vanhat kopiot poistetaan, kun viikko on kulunut.",
		"Huomenna ei sada, mutta on kylmä ja se on tavallista.", "Käyttäjät kirjautuvat sisään, kun he antavat salasanan.",
		"varmuuskopio|varmuuskopiot|kopiot|tietokanta varmuuskopio"},
	{"fr", "Les sauvegardes de la base de données sont écrites chaque nuit et les anciennes copies sont supprimées après une semaine.",
		"Demain il ne va pas pleuvoir dans le nord.", "Les utilisateurs se connectent avec un mot de passe.",
		"sauvegarde de la base|donnees|copie ancienne|quand sont supprimées les copies|écrite"},
	{"es", "Las copias de seguridad de la base de datos se escriben cada noche y las antiguas se eliminan después de una semana.",
		"Mañana no va a llover en el norte.", "Los usuarios entran con una contraseña.",
		"copia de seguridad|base de dato|eliminar copias antiguas|se elimina"},
	{"pt", "As cópias de segurança do banco de dados são gravadas todas as noites e as antigas são removidas depois de uma semana.",
		"Amanhã não vai chover no norte.", "Os usuários entram com uma senha.",
		"cópia de segurança|copias|seguranca|banco de dado|remover copia antiga"},
	{"it", "Le copie di sicurezza del database vengono scritte ogni notte e quelle vecchie sono eliminate dopo una settimana.",
		"Domani non ci sarà la pioggia al nord.", "Gli utenti entrano con una parola chiave.",
		"copia di sicurezza|copie vecchie|eliminata dopo settimane"},
	{"tr", "Veritabanı yedekleri her gece yazılır ve eski yedekler bir hafta sonra silinir.",
		"Yarın kuzeyde yağmur yok ama hava çok soğuk olur.", "Kullanıcılar bir parola ile giriş yapar, bu da yeterli.",
		"veritabanı yedekleri|eski yedek|VERİTABANI|haftalar"},
	{"ru", "Резервные копии базы данных записываются каждую ночь, а старые удаляются через неделю.",
		"Завтра на севере не будет дождя.", "Пользователи входят с паролем.",
		"резервная копия|база данных|КОПИЙ|старая неделя"},
	{"uk", "Резервні копії бази даних записуються щоночі, а старі видаляються через тиждень, якщо це можливо.",
		"Завтра на півночі не буде дощу.", "Користувачі входять із паролем, який є в них.",
		"резервні копії|база даних|тиждень"},
	{"el", "Τα αντίγραφα της βάσης δεδομένων γράφονται κάθε νύχτα.",
		"Αύριο δεν θα βρέξει στον βορρά.", "Οι χρήστες συνδέονται με κωδικό.",
		"αντίγραφο|ΒΑΣΗ ΔΕΔΟΜΕΝΩΝ|αντιγραφα βασης"},
	{"ar", "تكتب النسخ الاحتياطية لقواعد البيانات كل ليلة",
		"لن تمطر السماء غدا في الشمال", "يدخل المستخدمون بكلمة مرور",
		"نسخ احتياطية|قواعد البيانات|بيانات"},
	{"fa", "نسخه‌های پشتیبان پایگاه داده هر شب نوشته می‌شوند",
		"فردا در شمال باران نمی‌بارد", "کاربران با گذرواژه وارد می‌شوند",
		"نسخه پشتیبان|پایگاه‌های داده|داده‌ها"},
	{"he", "הגיבויים של מסד הנתונים נכתבים בכל לילה",
		"מחר לא ירד גשם בצפון", "המשתמשים נכנסים עם סיסמה",
		"גיבוי|נתונים|מסד נתונים"},
	{"hi", "डेटाबेस के बैकअप हर रात लिखे जाते हैं और पुरानी प्रतियां हटाई जाती हैं",
		"कल उत्तर में बारिश नहीं होगी", "उपयोगकर्ता पासवर्ड से लॉगिन करते हैं",
		"डेटाबेस बैकअप|पुरानी प्रति|रातों"},
	{"ja", "データベースのバックアップは毎晩書き込まれ、古いコピーは一週間後に削除されます。",
		"明日は北で雨が降らないでしょう。", "ユーザーは合言葉でログインします。",
		"データベース|ﾊﾞｯｸｱｯﾌﾟ|古いコピーの削除|削"},
	{"zh", "数据库的备份每天晚上写入，旧副本一周后删除。",
		"明天北方不会下雨。", "用户使用密码登录。",
		"数据库备份|删除旧副本|备份"},
	{"ko", "데이터베이스 백업은 매일 밤 기록되고 오래된 사본은 일주일 후에 삭제됩니다.",
		"내일 북쪽에는 비가 오지 않겠습니다.", "사용자는 암호로 로그인합니다.",
		"데이터베이스를 백업|사본|오래된 사본을 삭제"},
	{"th", "สำรองข้อมูลฐานข้อมูลทุกคืน และลบสำเนาเก่าหลังหนึ่งสัปดาห์",
		"พรุ่งนี้ฝนจะไม่ตกทางเหนือ", "ผู้ใช้เข้าสู่ระบบด้วยรหัสผ่าน",
		"ฐานข้อมูล|สำเนาเก่า"},
	{"vi", "Bản sao lưu của cơ sở dữ liệu được ghi mỗi đêm và các bản cũ bị xóa sau một tuần.",
		"Ngày mai trời không mưa ở miền bắc.", "Người dùng đăng nhập với mật khẩu của họ.",
		"bản sao lưu|co so du lieu|SAO LƯU"},
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for kind, open := range map[string]func(t *testing.T) (store.Store, error){
		"sqlite":   func(t *testing.T) (store.Store, error) { return sqlite.Open(t.Context(), t.TempDir()+"/a.db") },
		"postgres": func(t *testing.T) (store.Store, error) { return postgres.Open(t.Context(), pgtest.Database(t)) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			testLanguages(t, New(s, nil, slog.New(slog.DiscardHandler)))
		})
	}
}

func testLanguages(t *testing.T, e *Engine) {
	ctx := t.Context()
	for _, p := range pages {
		for name, text := range map[string]string{"backup": p.backup, "weather": p.weather, "users": p.users} {
			got, err := e.Upsert(ctx, knowledge.Document{URI: "test:" + p.lang + "/" + name, Source: "s", Markdown: text})
			if err != nil || got[0].Error != "" {
				t.Fatalf("%s/%s: %v, %+v", p.lang, name, err, got)
			}
		}
		d, err := e.Document(ctx, knowledge.DocumentID("test:"+p.lang+"/backup"), false)
		if err != nil || d.Language != p.lang {
			t.Errorf("%s: the page is in %q: %v", p.lang, d.Language, err)
		}
	}
	for _, p := range pages {
		for q := range strings.SplitSeq(p.questions, "|") {
			for _, syntax := range []string{"", " lang:" + p.lang} {
				res, err := e.Search(ctx, knowledge.SearchRequest{Query: q + syntax, Syntax: syntax != "", Mode: knowledge.ModeLexical})
				if err != nil {
					t.Fatal(err)
				}
				at := slices.IndexFunc(res.Hits, func(h knowledge.Hit) bool { return h.URI == "test:"+p.lang+"/backup" })
				if at < 0 || syntax != "" && at > 0 {
					t.Errorf("%s: %q%s has it at %d of %d", p.lang, q, syntax, at, len(res.Hits))
				}
			}
		}
	}
}
