"""Comments on a review, which stand on its page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from approvals import facts as version_facts
from approvals import threads
from approvals.actions import comments
from approvals.forms.comments import AnswerForm, CommentForm
from approvals.models import Comment
from approvals.views import reviews
from approvals.views.saying import say_no
from registry.views import doors


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    review = reviews.find(request, pk)
    form = CommentForm(request.POST, facts=version_facts.of(review.version))
    if form.is_valid():
        try:
            thread = comments.write(review=review, by=request.user, **form.for_action())
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            return _done(request, thread, "The comment is written.")
    return reviews.show(request, reviews.find(request, pk), comment_form=form)


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    thread, form = _find(request, pk), AnswerForm(request.POST, thread=pk)
    if form.is_valid():
        try:
            answered = comments.answer(thread=thread, by=request.user, **form.cleaned_data)
        except ValidationError as refusal:
            doors.put_refusal(form, refusal)
        else:
            return _done(request, answered, "The answer is written.")
    return reviews.show(request, reviews.find(request, thread.review_id, thread=pk), answered=(pk, form))


@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, comments.resolve, "The comment is resolved.")


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _move(request, pk, comments.reopen, "The comment is open again.")


def _move(request: HttpRequest, pk: int, act: Callable[..., Comment], done: str) -> HttpResponse:
    thread = _find(request, pk)
    try:
        act(thread=thread, by=request.user)
    except ValidationError as refusal:
        say_no(request, refusal)
        return redirect(threads.address(thread.review_id, pk))
    return _done(request, thread, done)


def _done(request: HttpRequest, comment: Comment, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(threads.address(comment.review_id, comment.pk))


def _find(request: HttpRequest, pk: int) -> Comment:
    found = Comment.objects.visible_to(request.user).select_related("review__version__model")
    return get_object_or_404(found, pk=pk)
