from django.http import Http404


def styleguide(request, **kwargs):
    raise Http404
