"""A question with its answer and receipt, for the API's description; true of the statement that ships."""

from __future__ import annotations

from typing import Any

QUESTION: dict[str, Any] = {"question": "What do members say about the UN convention?", "k": 1}

RECEIPT: dict[str, Any] = {
    "statement": "csto-information-security",
    "source_sha256": "3500c239ea132c203a4aa12a121490ec8ac30b1c833917627e8090046d792c87",
    "quote_sha256": "372f4bacf66d80c710e12a6bdc96755a0fe2c47ebc659824060d91ec1b97b898",
    "start": 2881,
    "stop": 3118,
    "start_byte": 5401,
    "stop_byte": 5850,
}

_SPEAKERS = ["Министры иностранных дел государств – членов ОДКБ", "ОДКБ"]
_TITLE = (
    "Заявление министров иностранных дел государств – членов Организации Договора о коллективной "
    "безопасности о координации совместных усилий в сфере информационной безопасности, включая "
    "противодействие использованию информационно-коммуникационных технологий в террористических "
    "и других преступных целях"
)

ANSWER: dict[str, Any] = {
    "question": QUESTION["question"],
    "language": "en",
    "verdict": "answered",
    "confidence": 0.97,
    "quotes": [
        {
            "statement": RECEIPT["statement"],
            "title": _TITLE,
            "speakers": _SPEAKERS,
            "date": None,
            "language": "ru",
            "url": None,
            "paragraph": 8,
            "start": RECEIPT["start"],
            "stop": RECEIPT["stop"],
            "text": (
                "Государства\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}члены ОДКБ заявляют о приверженности "
                "разработке под эгидой ООН конвенции по "
                "противодействию использованию информационно-коммуникационных технологий в преступных целях "
                "в соответствии с профильной резолюцией Генассамблеи ООН."
            ),
            "highlights": [[0, 237]],
            "words": [[73, 76], [77, 86]],
            "matched": {"UN": ["ООН"], "convention": ["конвенции"]},
            "score": 2.31,
            "strength": "strong",
            "citation": f"{'; '.join(_SPEAKERS)}. {_TITLE}. ¶ 8",
            "receipt": RECEIPT,
        }
    ],
    "nearest": [],
    "searched_passages": 10,
    "searched_statements": 1,
}
