from django.http import Http404


def list_evaluations(request, **kwargs):
    raise Http404


def attach(request, **kwargs):
    raise Http404


def upload(request, **kwargs):
    raise Http404
