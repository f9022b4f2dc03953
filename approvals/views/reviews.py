from django.http import Http404


def open_review(request, **kwargs):
    raise Http404


def detail(request, **kwargs):
    raise Http404


def submit(request, **kwargs):
    raise Http404


def approve(request, **kwargs):
    raise Http404


def request_changes(request, **kwargs):
    raise Http404


def reject(request, **kwargs):
    raise Http404


def withdraw(request, **kwargs):
    raise Http404


def discard(request, **kwargs):
    raise Http404


def list_reviews(request, **kwargs):
    raise Http404
