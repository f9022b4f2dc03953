from django.http import Http404


def list_models(request, **kwargs):
    raise Http404


def register(request, **kwargs):
    raise Http404


def detail(request, **kwargs):
    raise Http404
