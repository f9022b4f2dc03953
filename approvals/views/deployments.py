from django.http import Http404


def list_deployments(request, **kwargs):
    raise Http404


def record(request, **kwargs):
    raise Http404


def end(request, **kwargs):
    raise Http404
