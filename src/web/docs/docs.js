window.SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  // The validator badge would send the address of this document to an outside host.
  validatorUrl: null,
  // "Try it out" uses the login of this browser; this header is what requests that change something must carry.
  requestInterceptor: (request) => {
    request.headers['X-Requested-With'] = 'playhead'
    return request
  },
})
