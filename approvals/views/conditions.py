from django.http import Http404


def fulfil(request, **kwargs):
    raise Http404
