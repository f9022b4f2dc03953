from django.http import Http404


def healthz(request, **kwargs):
    raise Http404


def readyz(request, **kwargs):
    raise Http404
