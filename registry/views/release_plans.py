from django.http import Http404


def detail(request, **kwargs):
    raise Http404


def revise(request, **kwargs):
    raise Http404
