from django.http import Http404


def detail(request, **kwargs):
    raise Http404


def history(request, **kwargs):
    raise Http404
