from django.http import Http404


def list_use_cases(request, **kwargs):
    raise Http404


def propose(request, **kwargs):
    raise Http404


def detail(request, **kwargs):
    raise Http404


def approve(request, **kwargs):
    raise Http404


def reject(request, **kwargs):
    raise Http404
