from django.http import Http404


def ask(request, **kwargs):
    raise Http404


def confirm(request, **kwargs):
    raise Http404
