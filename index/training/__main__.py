"""`python -m index.training DATA_DIR… --out DIR`: the whole recipe; finished stages are not repeated."""

import argparse
import logging
import random
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from index.training.data import read_training_text
from index.training.distillation import Run, Teacher
from index.training.exchange import Exchange
from index.training.late import piece_weights
from index.training.settings import Recipe
from index.training.start import start_table
from index.training.student import load_layers, mixed, new_student, save_student, teacher_folder
from index.training.tables import learn_tables
from index.training.vocabulary import learn_tokenizer

log = logging.getLogger("index.training")


def main() -> None:
    """Read the data, learn tokenizer, start vectors, weights and tables, and write the model folder."""
    parser = argparse.ArgumentParser(prog="python -m index.training", description=main.__doc__)
    parser.add_argument("data", nargs="+", type=Path, help="data folders, each with a SOURCES.tsv")
    parser.add_argument("--out", type=Path, required=True, help="folder for stages, checkpoint and model")
    parser.add_argument("--licences", choices=["open", "all"], default="all", help="which texts to use")
    parser.add_argument(
        "--minutes", type=float, default=75.0, help="time for the training run (0: start only)"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--worker", type=int, default=0, help="number of this process, of --workers")
    parser.add_argument("--workers", type=int, default=1, help="how many processes train together")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    recipe = Recipe()
    given.out.mkdir(parents=True, exist_ok=True)

    licences = frozenset({"open"} if given.licences == "open" else {"open", "unclear"})
    text = read_training_text(given.data, licences, recipe.development_share)
    log.info("%d pairs, %d families", len(text.pairs), len(text.families))

    tokenizer_file = given.out / "tokenizer.json"
    if not tokenizer_file.exists():
        learned = learn_tokenizer(text.pairs, teacher_folder() / "tokenizer.json", recipe.vocabulary)
        learned.save(str(tokenizer_file))
    tokenizer = Tokenizer.from_file(str(tokenizer_file))

    start_file = given.out / "start.npy"
    if not start_file.exists():
        np.save(start_file, start_table(text.pairs, tokenizer, recipe.alignment))
    student = new_student(np.load(start_file))
    start = {name: tensor.clone() for name, tensor in student.state_dict().items()}

    teacher_tokenizer = Tokenizer.from_file(str(teacher_folder() / "tokenizer.json"))
    teacher_tokenizer.no_padding()
    teacher_tokenizer.no_truncation()
    teacher = Teacher(load_layers(teacher_folder()), teacher_tokenizer)
    run = Run(student, tokenizer, teacher, text, recipe.distillation, given.worker)
    checkpoint = given.out / f"checkpoint-{given.worker}.pt"
    if checkpoint.exists():
        run.resume(checkpoint)
    run.train(given.minutes * 60, checkpoint, Exchange(given.out / "exchange", given.worker, given.workers))
    if given.worker:
        return

    student.load_state_dict(mixed(start, student.state_dict(), recipe.start_share))
    model = given.out / "model"
    save_student(student, tokenizer, model, recipe.max_seq_length)
    texts = [side for pair in text.pairs for side in (pair.text, pair.target)]
    texts = random.Random(0).sample(texts, min(recipe.texts_weighed, len(texts)))
    np.save(model / "token_weights.npy", piece_weights(tokenizer, texts, recipe.piece_weight_power))
    log.info("tables: %s", learn_tables(text.pairs, model / "translation", recipe.table))


if __name__ == "__main__":
    main()
