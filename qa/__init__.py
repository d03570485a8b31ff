"""A question in, an Answer made of verbatim Quotes out."""

from qa.answer import Answer, Quote, Receipt
from qa.assistant import Assistant, QuestionError
from qa.receipt import Verification, verify

__all__ = ["Answer", "Assistant", "QuestionError", "Quote", "Receipt", "Verification", "verify"]
