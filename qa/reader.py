"""A question and passages to spans, with a transformers extractive question-answering model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from index.errors import ModelError
from index.passages import sentences
from index.weights import digest, locate, verify
from qa.spans import Span, Window, best_spans, edges

if TYPE_CHECKING:
    from tokenizers import Encoding

SHIPPED = Path(__file__).parent / "models" / "reader"
MAX_TOKENS = 384  # of question, title and passage together; longer passages are read in windows
STRIDE = 128
QUESTION_TOKENS = 64
TITLE_CHARACTERS = 200
BATCH = 8


class Reader:
    """An extractive reader, by folder or hub name; the shipped one when none is named.

    Attributes:
        identity: the model's folder name and the start of its weights' SHA-256.

    Raises:
        ModelError: the model is missing, damaged or no extractive reader with a fast tokenizer.
    """

    def __init__(self, name: str | None = None) -> None:
        folder = SHIPPED if name is None else locate(name)
        if name is None:
            verify(folder, (folder / "model.sha256").read_text().split()[0])
        # Two seconds of import, which showing help or errors does not need.
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(
                folder, use_fast=True, local_files_only=True
            )
            self._model, report = AutoModelForQuestionAnswering.from_pretrained(
                folder,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelError(f"{name}: not an extractive reader ({reason}).") from error
        if report["missing_keys"]:
            raise ModelError(
                f"{name}: not trained to mark answers: it lacks {sorted(report['missing_keys'])}. "
                "Name an extractive question-answering model."
            )
        if not self._tokenizer.is_fast:
            raise ModelError(f"{name}: has no fast tokenizer, which exact offsets need.")
        self._model.eval()
        # A tokenizer keeps its truncation as state, which two threads would change for each other.
        self._tokenizing = Lock()
        self.identity = f"{folder.resolve().name}@{digest(folder)[:16]}"

    def read(
        self, question: str, passages: Sequence[str], titles: Sequence[str] | None = None
    ) -> list[list[Span]]:
        """The best spans of each passage, best first, in the order of ``passages``.

        A title is read before its passage, and no span is in it. Offsets are characters of the
        passage. An empty list: nothing in that passage can be an answer.
        """
        titles = [""] * len(passages) if titles is None else titles
        leads = [f"{title[:TITLE_CHARACTERS]}\n" if title else "" for title in titles]
        windows: list[list[Window]] = [[] for _ in passages]
        contexts = [lead + text for lead, text in zip(leads, passages, strict=True)]
        with self._tokenizing:
            encodings = self._encodings(question, contexts)
        order = sorted(range(len(encodings)), key=lambda at: len(encodings[at][1].ids))
        for first in range(0, len(order), BATCH):
            batch = [encodings[at] for at in order[first : first + BATCH]]
            starts, ends = self._logits([encoding for _, encoding in batch])
            for row, (passage, encoding) in enumerate(batch):
                length = len(encoding.ids)
                windows[passage].append(
                    _window(
                        encoding,
                        passages[passage],
                        len(leads[passage]),
                        starts[row, :length],
                        ends[row, :length],
                    )
                )
        return [best_spans(text, own) for text, own in zip(passages, windows, strict=True)]

    def _encodings(self, question: str, contexts: list[str]) -> list[tuple[int, Encoding]]:
        """Each model input with the number of the passage that it belongs to."""
        if not contexts:
            return []
        head = self._tokenizer(
            question[:10_000],
            add_special_tokens=False,
            truncation=True,
            max_length=QUESTION_TOKENS,
            return_offsets_mapping=True,
        )["offset_mapping"]
        question = question[: head[-1][1]] if head else "?"
        encoded = self._tokenizer(
            [question] * len(contexts),
            contexts,
            truncation="only_second",
            max_length=MAX_TOKENS,
            stride=STRIDE,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        return list(zip(encoded["overflow_to_sample_mapping"], encoded.encodings, strict=True))

    def _logits(self, batch: list[Encoding]) -> tuple[Any, Any]:
        """Start and end logits of a batch: two float32 arrays of shape (batch, longest)."""
        import torch

        longest = max(len(encoding.ids) for encoding in batch)
        inputs = {
            "input_ids": ([e.ids for e in batch], self._tokenizer.pad_token_id),
            "attention_mask": ([e.attention_mask for e in batch], 0),
            # BERT readers tell question from passage by these; RoBERTa's have none.
            "token_type_ids": ([e.type_ids for e in batch], 0),
        }
        names = {*self._tokenizer.model_input_names, "attention_mask"}
        with torch.inference_mode():
            output = self._model(
                **{
                    name: torch.tensor([row + [fill] * (longest - len(row)) for row in rows])
                    for name, (rows, fill) in inputs.items()
                    if name in names
                }
            )
        return output.start_logits.float().numpy(), output.end_logits.float().numpy()


def _window(encoding: Encoding, text: str, lead: int, starts: Any, ends: Any) -> Window:
    """The scores of ``encoding``, whose context is ``text`` after ``lead`` characters of title."""
    offsets = np.array(encoding.offsets, dtype=np.int64) - lead
    words = np.array([-1 if word is None else word for word in encoding.word_ids])
    passage = np.array([part == 1 for part in encoding.sequence_ids])
    passage &= (offsets[:, 0] >= 0) & (offsets[:, 1] > offsets[:, 0])
    changes = np.concatenate([[True], words[1:] != words[:-1], [True]])
    may_start, may_end = edges(text)
    inside = np.clip(offsets, 0, len(text))
    return Window(
        starts,
        ends,
        offsets,
        passage & changes[:-1] & may_start[inside[:, 0]],
        passage & changes[1:] & may_end[inside[:, 1]],
        np.searchsorted([start for start, _ in sentences(text)], offsets[:, 0], side="right"),
    )
