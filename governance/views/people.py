from django.http import Http404


def list_people(request, **kwargs):
    raise Http404


def add(request, **kwargs):
    raise Http404
