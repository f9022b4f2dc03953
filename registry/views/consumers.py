from django.http import Http404


def declare(request, **kwargs):
    raise Http404


def end(request, **kwargs):
    raise Http404
