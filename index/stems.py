"""Text -> stems with their places in the text, for every language of a question or a statement.

The translation tables are learned on these stems and the term index counts them, so a change here needs a new
`STEMS_VERSION` and new tables. Snowball stems where it has the language; elsewhere a short list of endings is
stripped. Scripts written without spaces become overlapping character pairs.
"""

import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex
import Stemmer

STEMS_VERSION = 1


@dataclass(frozen=True, slots=True)
class Stem:
    """One term and the characters it came from: `text[start:stop]`."""

    term: str
    start: int
    stop: int


_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# Armenian writes its question, exclamation and emphasis marks inside the word (U+055B, U+055C, U+055E).
_INNER = r"\p{L}\p{N}\p{M}\u055b\u055c\u055e\u0640"


def _words(joint: str) -> regex.Pattern[str]:
    letters = rf"[[\p{{L}}\p{{N}}]--[{_UNSPACED}]][[{_INNER}]--[{_UNSPACED}]]*"
    return regex.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|{letters}{joint.format(letters=letters)}", regex.V1)


_APOSTROPHES = "'’ʼ‘`"
_SPLIT_AT_APOSTROPHES = _words("")
_KEEP_APOSTROPHES = _words(rf"(?:[{_APOSTROPHES}]{{letters}})*")
# Accents of Latin and Cyrillic, vowel points of Arabic and Hebrew, the Armenian marks, the Arabic stretch.
# Not all of \p{M}: in Indic scripts the vowels are marks.
_MARKS = regex.compile(
    rf"[\u0300-\u036f\u064b-\u065f\u0670\u0591-\u05c7\u055b\u055c\u055e\u0640{_APOSTROPHES}]+"
)

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "no": "norwegian", "nb": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Endings of the languages Snowball lacks, stripped longest first; the number is how often.
_ENDINGS: dict[str, tuple[int, str]] = {
    "be": (
        1,
        "ямі амі аў яў ах ях ам ям ой ай ей ою аю ёй ы і а я у ю э е о ага яга ога ому аму яму ым ім ымі "
        "імі ыя ія ую юю ае яе ое ая яя ых іх ць ці аць яць іць ыць уць юць ла лі ло ў ем ам ім ым еш аш "
        "іш ыш ецца аецца ваць аваць яваць авацца цца ся ьвання",
    ),
    "uk": (
        1,
        "ами ями ах ях ам ям ом ем ів їв ов ев ою ею єю ей ий ій ої ої ього ого ому ьому им їм ими їми ії "
        "ія іє ію ією іями іях а я у ю и і ї е є о ь ая яя ую юю их іх ти ть ла ли ло ться тися ся ать ять "
        "ить їть уть ють ає яє ує ював ував увати ювати ування ення ання",
    ),
    "kk": (
        3,
        "лар лер дар дер тар тер ның нің дың дің тың тің ға ге қа ке на не ны ні ды ді ты ті н да де та те "
        "нда нде дан ден тан тен нан нен мен бен пен ы і сы сі ым ім ың ің ымыз іміз мыз міз ңыз ңіз лық "
        "лік дық дік тық тік дағы дегі тағы тегі ған ген қан кен ады еді йды йді атын етін йтын йтін у ып "
        "іп п са се",
    ),
    "ky": (
        3,
        "лар лер лор лөр дар дер дор дөр тар тер тор төр нын нин нун нүн дын дин дун дүн тын тин тун түн "
        "га ге го гө ка ке ко кө на не но нө ны ни ну нү ды ди ду дү ты ти ту тү н да де до дө та те то тө "
        "нда нде ндо ндө дан ден дон дөн тан тен тон төн нан нен нон нөн ы и у ү сы си су сү ым им ум үм "
        "быз биз бүз буз лык лик лук лүк дык дик дук дүк тык тик тук түк дагы деги догу дөгү тагы теги "
        "тогу төгү ган ген гон гөн кан кен кон көн ат ет от өт йт уу үү оо өө ып ип уп үп п са се со сө",
    ),
    "tg": (
        2,
        "ҳоро ҳоямон ҳояшон ҳои ҳо ро и у ю ӣ ии он ён гон вон амон атон ашон ам ат аш яш ям ят анд янд ад "
        "яд ем ед тар тарин дан тан е ест",
    ),
}
_SHORTEST_STEM = 3

_STOP_WORDS = {
    "ar": (
        "في من على إلى الى عن ان أن إن التي الذي الذين هذا هذه ذلك تلك هو هي هم كان كانت يكون ما ماذا متى "
        "اين أين كيف كم هل لماذا مع او أو ثم قد لا لم لن و ف ب ل ك بين كل بعض عند بعد قبل حتى اذا إذا كما "
        "أي اي منذ غير به بها له لها فيه فيها عليه عليها وهو وهي"
    ),
    "be": (
        "і ў у на з са за да ад аб не ні па пра што як гэта гэты гэтая гэтыя які якая якое якія дзе калі "
        "хто чаму ці для пры без але а ж бы б то той тая тое тыя яна ён яно яны мы вы я яго яе іх іхні наш "
        "ваш свой быў была было былі ёсць ёсцьж яшчэ таксама толькі паміж праз над пад колькі чым чаго "
        "каго каму"
    ),
    "de": (
        "der die das den dem des ein eine einer eines einem einen und oder aber nicht kein keine in im an "
        "am auf aus bei beim mit nach von vom zu zum zur für über unter um durch gegen ohne als wie was "
        "wer wo wann warum welche welcher welches ist sind war waren sein wird werden wurde wurden hat "
        "haben hatte er sie es wir ihr ich du sich auch noch nur so dass daß ob dies diese dieser dieses"
    ),
    "en": (
        "the a an and or but nor of in on at to for from by with without about as into onto over under "
        "between is are was were be been being am do does did done doing has have had having will would "
        "shall should can could may might must this that these those there here it its he him his she her "
        "they them their we us our you your i me my who whom whose which what when where why how than then "
        "so such not no if while also any each both other s t"
    ),
    "es": (
        "el la los las un una unos unas y e o u pero no ni de del en a al con por para sin sobre entre "
        "desde hasta que qué quién quien quiénes cuál cuáles cual cómo como cuándo cuando dónde donde "
        "cuánto cuántos cuántas por es son era eran fue fueron ser está están ha han había se su sus lo le "
        "les me te nos este esta estos estas ese esa eso esto aquel muy más también ya si"
    ),
    "fr": (
        "le la les l un une des du de d et ou mais ne n pas ni en dans à au aux avec par pour sans sur "
        "sous entre vers que qu qui quoi quel quelle quels quelles comment quand où pourquoi combien est "
        "sont était étaient être été a ont avait il elle ils elles on nous vous je j tu se s son sa ses "
        "leur leurs ce c cet cette ces y lui si plus aussi comme"
    ),
    "hy": (
        "և եւ ու կամ բայց է են էր էին եմ ես ենք եք ին ի որ որը որի որոնք ով ովքեր ինչ ինչպես ինչու երբ "
        "որտեղ ուր քանի այս այդ այն սա դա նա նրա նրանց իր իրենց մենք դուք մեր ձեր համար մասին հետ մեջ վրա "
        "միջև ըստ առանց չի չեն չէ ոչ թե եթե նաև էլ մի բոլոր ամեն պետք"
    ),
    "kk": (
        "және мен бен пен да де та те не ма ме ба бе па пе бұл осы сол ол олар біз сіз сен өз оның олардың "
        "қандай қай кім қашан қайда неге қалай қанша үшін туралы бойынша арқылы дейін кейін бар жоқ емес "
        "болып болды болған болады еді екен деп деген бір әр барлық сондай-ақ немесе бірақ ма"
    ),
    "ky": (
        "жана менен да де дагы же бирок бул ушул ошол ал алар биз сиз сен өз анын алардын кандай кайсы ким "
        "качан кайда эмне үчүн кантип канча жөнүндө боюнча аркылуу чейин кийин бар жок эмес болуп болду "
        "болгон болот эле экен деп деген бир ар бардык ошондой эле"
    ),
    "ru": (
        "и в во на с со к ко о об обо от ото до из изо у за по под подо над при про для без через между не "
        "ни но а или да же ли бы б то что чтобы как какой какая какое какие каких каким какую каков какова "
        "каковы который которая которое которые которых которой которым которого кто кого кому кем чем "
        "чего чему где когда куда откуда почему зачем сколько это этот эта эти этого этой этих этому этим "
        "тот та те того той тех тем том так такой такая такие также тоже он она оно они его ее их ему ей "
        "им ими нем ней них нее него мы нас нам вы вас вам я меня мне мной ты свой своя свое свои своих "
        "своей своего своим себя сам сама сами был была было были быть есть будет будут бывает если еще "
        "уже только лишь все всех всем весь вся всего ведь вот там тут здесь"
    ),
    "tg": (
        "ва ё аз ба бо дар барои то ки чӣ чи кӣ кай куҷо чаро чӣ гуна чанд ин он онҳо инҳо мо шумо ман ту "
        "ӯ вай худ аст ҳаст буд буданд мебошад мебошанд шуд шуда шудааст на не агар аммо вале низ ҳам ҳар "
        "ҳама як кадом оид доир бе пеш пас байни зери рӯи ро"
    ),
    "tr": (
        "ve veya ya da de ile için bu şu o bir her hangi ne neden niçin niye nasıl kim kimin nerede nereye "
        "kaç mi mı mu mü ama fakat ancak gibi göre kadar daha çok en olan olarak oldu olduğu olur var yok "
        "değil ise ki biz siz ben sen onlar onun bunun hakkında"
    ),
    "uk": (
        "і й та в у на з із зі за до від про не ні по під над при для без через між але а чи же ж би б то "
        "що щоб як який яка яке які яких яким якої якого хто кого кому ким чим чого чому де коли куди "
        "звідки навіщо скільки це цей ця ці цього цієї цих той те ті того тієї тих так такий така такі "
        "також теж він вона воно вони його її їх йому їй ми нас вам ви я мене свій своя свої своїх себе "
        "був була було були бути є буде будуть якщо ще вже тільки лише усі всі весь"
    ),
}
_STOP_SETS = {
    language: frozenset(_MARKS.sub("", word) for word in words.replace("ё", "е").split())
    for language, words in _STOP_WORDS.items()
}
_ENDING_LISTS = {
    language: (rounds, sorted(set(endings.split()), key=lambda ending: (-len(ending), ending)))
    for language, (rounds, endings) in _ENDINGS.items()
}
_CYRILLIC = frozenset({"ru", "be", "uk", "kk", "ky", "tg", "bg", "mk", "sr", "mn"})
_stemmers = threading.local()


def stems(text: str, language: str) -> list[Stem]:
    """Cut a text into stems, without stop words.

    Args:
        text: Any text; it is not changed, and offsets are code points of it.
        language: BCP 47 tag of the text; only its primary subtag counts, and unknown ones get no stemming.

    Returns:
        Stems in the order of the text. Terms are lower-case, NFC, with ё as е, without accents written
        apart. A run of a script without spaces (Chinese, Thai) gives a stem for each pair of neighbours.
    """
    primary = language.replace("_", "-").split("-", 1)[0].lower()
    pattern = _KEEP_APOSTROPHES if primary in {"be", "uk"} else _SPLIT_AT_APOSTROPHES
    found: list[Stem] = []
    for match in pattern.finditer(text):
        start, stop = match.span()
        if match["unspaced"]:
            found.extend(_pairs(match["unspaced"], start))
        elif term := _term(match[0], primary):
            found.append(Stem(term, start, stop))
    return found


def _pairs(run: str, start: int) -> list[Stem]:
    if len(run) == 1:
        return [Stem(run, start, start + 1)]
    return [Stem(run[at : at + 2], start + at, start + at + 2) for at in range(len(run) - 1)]


@lru_cache(maxsize=200_000)
def _term(word: str, language: str) -> str:
    """The stem of one word, or "" for a stop word."""
    folded = _MARKS.sub("", unicodedata.normalize("NFC", word).lower()).replace("ё", "е").replace("եւ", "և")
    language = _language_of_word(folded, language)
    if folded in _STOP_SETS.get(language, ()):
        return ""
    stem: str = folded
    if language in _ENDING_LISTS:
        stem = _without_endings(folded, language)
    elif language in _SNOWBALL:
        stem = _snowball(_SNOWBALL[language]).stemWord(folded).replace("ё", "е")
    return stem


def _language_of_word(word: str, language: str) -> str:
    """Names keep their own script: Latin words in a Cyrillic text are stemmed as English, and the reverse."""
    first = word[:1]
    latin = "a" <= first <= "z"
    cyrillic = "\u0400" <= first <= "\u04ff"
    if latin and (language in _CYRILLIC or language in {"hy", "ar", "zh", "fa", "el", "hi"}):
        return "en"
    if cyrillic and language not in _CYRILLIC:
        return "ru"
    return language


def _without_endings(word: str, language: str) -> str:
    rounds, endings = _ENDING_LISTS[language]
    for _ in range(rounds):
        ending = next((e for e in endings if word.endswith(e) and len(word) - len(e) >= _SHORTEST_STEM), None)
        if ending is None:
            break
        word = word[: -len(ending)]
    return word


def _snowball(algorithm: str) -> Stemmer.Stemmer:
    """A stemmer of this thread: PyStemmer's objects must not be shared between threads."""
    try:
        return _stemmers.by_algorithm[algorithm]
    except AttributeError:
        _stemmers.by_algorithm = {}
    except KeyError:
        pass
    stemmer = _stemmers.by_algorithm[algorithm] = Stemmer.Stemmer(algorithm, 0)
    return stemmer
